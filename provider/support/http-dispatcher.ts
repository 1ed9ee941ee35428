import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { Patience } from './http-patience.js';

/** What makes the connections: directly, or by the proxies that `environment` names, in lower or upper case. */
export function createDispatcher(
  environment: Readonly<Record<string, string | undefined>>,
  patience: Patience,
): Dispatcher {
  const shared = {
    connect: { timeout: patience.connectTimeout },
    headersTimeout: patience.silence,
    bodyTimeout: patience.silence,
  };
  const httpProxy = environment['http_proxy'] ?? environment['HTTP_PROXY'] ?? '';
  const httpsProxy = environment['https_proxy'] ?? environment['HTTPS_PROXY'] ?? '';
  if (httpProxy === '' && httpsProxy === '') return new Agent(shared);
  return new EnvHttpProxyAgent({
    ...shared,
    // What is not given here, the agent takes from `process.env`, which is not the environment that counts.
    httpProxy,
    httpsProxy,
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
  });
}
