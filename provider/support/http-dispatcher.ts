import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { judgedConnector, lazyConnector } from './http-connector.js';
import type { JudgeAddress } from './http-connector.js';
import type { Patience } from './http-patience.js';
import { noProxyRule } from './no-proxy.js';
import { undici } from './undici.js';

/** How connections are made, where it is not as usual. */
export interface ConnectionOptions {
  /** Trusted authorities, instead of the usual ones and those of `SSL_CERT_FILE`, and what we show of ourselves. PEM. */
  readonly tls?: { readonly ca?: string[]; readonly cert?: string; readonly key?: string };
  /** Asked about each address before it is connected to; not when a proxy makes the connection. */
  readonly judge?: JudgeAddress;
}

/**
 * What makes the connections: directly, or by the proxies that `environment` names, in lower or upper case. What is asked for over TLS goes
 * through a tunnel; what is not is asked of the proxy itself, as many a proxy makes tunnels for TLS alone.
 */
export function createDispatcher(
  environment: Readonly<Record<string, string | undefined>>,
  patience: Patience,
  options: ConnectionOptions = {},
): Dispatcher {
  const { Agent, Pool, ProxyAgent } = undici();
  const { judge } = options;
  const plain = { timeout: patience.connectTimeout };
  let made: buildConnector.BuildOptions | undefined;
  // Who speaks to nobody over TLS does not wait until all authorities are read.
  const secure = (): buildConnector.BuildOptions =>
    (made ??= { ...securely(options.tls ?? trustOf(environment)), ...plain });
  const optionsOf = (protocol: string): buildConnector.BuildOptions => (protocol === 'https:' ? secure() : plain);
  const times = { headersTimeout: patience.silence, bodyTimeout: patience.silence };
  const shared = {
    ...times,
    connect: judge === undefined ? lazyConnector(optionsOf) : judgedConnector(optionsOf, judge),
  };
  const httpProxy = environment['http_proxy'] ?? environment['HTTP_PROXY'] ?? '';
  const httpsProxy = environment['https_proxy'] ?? environment['HTTPS_PROXY'] ?? '';
  if (httpProxy === '' && httpsProxy === '') return new Agent(shared);
  const isExcepted = noProxyRule(environment['no_proxy'] ?? environment['NO_PROXY'] ?? '');
  return new Agent({
    ...shared,
    factory: (origin, agentOptions) => {
      const url = new URL(origin);
      const proxy = url.protocol === 'https:' && httpsProxy !== '' ? httpsProxy : httpProxy;
      if (proxy === '' || isExcepted(url)) return new Pool(origin, agentOptions);
      return new ProxyAgent({
        ...times,
        uri: addressOf(proxy),
        proxyTunnel: false,
        requestTls: optionsOf(url.protocol),
        factory: (target, poolOptions) => new Pool(target, Object.assign({ ...times }, poolOptions)),
      });
    },
  });
}

/** Of a proxy as it is named: without a protocol, as in `proxy.example.com:3128`, it is spoken to by HTTP. */
function addressOf(proxy: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//iu.test(proxy) ? proxy : `http://${proxy}`;
}

/** The usual authorities with those of `SSL_CERT_FILE`; nothing where it is not set, as Node knows the usual ones itself. */
function trustOf(environment: Readonly<Record<string, string | undefined>>): { readonly ca?: string[] } {
  const more = authoritiesIn(environment['SSL_CERT_FILE']);
  // Node leaves its own out where some are given.
  return more.length === 0
    ? {}
    : { ca: [...rootCertificates, ...more, ...authoritiesIn(environment['NODE_EXTRA_CA_CERTS'])] };
}

/** What a file of authorities holds. One that cannot be read trusts nobody, which the connection then says. */
function authoritiesIn(file: string | undefined): readonly string[] {
  if (file === undefined || file === '') return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    return [];
  }
}

/** `tls` with its context, made once: to read all the authorities anew takes longer than the rest of a connection. */
function securely(tls: NonNullable<ConnectionOptions['tls']>): buildConnector.BuildOptions {
  if (Object.keys(tls).length === 0) return {};
  try {
    return { ...tls, secureContext: createSecureContext(tls) };
  } catch {
    // A connection says what is wrong with it, with the address that it is made to.
    return tls;
  }
}
