import { lookup as resolve, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';
import { undici } from './undici.js';

/** Throws when `host` at `address` is not to be connected to. Is asked at the moment of connecting: names can change what they mean. */
export type JudgeAddress = (address: string, host: string, port: string) => void;

/** How connections of a protocol, as `https:`, are made; asked for when the first is. */
export type OptionsOf = (protocol: string) => buildConnector.BuildOptions;

/** A maker of connections. */
export function lazyConnector(optionsOf: OptionsOf): buildConnector.connector {
  const connectors = new Map<string, buildConnector.connector>();
  return (target, callback) => {
    const { protocol } = target;
    const connector = connectors.get(protocol) ?? undici().buildConnector(optionsOf(protocol));
    connectors.set(protocol, connector);
    connector(target, callback);
  };
}

/** A maker of connections that asks `judge` first; of a name's several addresses it takes those that pass. */
export function judgedConnector(optionsOf: OptionsOf, judge: JudgeAddress): buildConnector.connector {
  // A connector for each place, because the judge is told the port and a look-up is not.
  const connectors = new Map<string, buildConnector.connector>();
  return (target, callback) => {
    const host = target.hostname.replace(/^\[(.*)\]$/u, '$1');
    if (isIP(host) !== 0) {
      const refusal = refusalOf(() => judge(host, host, target.port));
      if (refusal !== undefined) {
        callback(refusal, null);
        return;
      }
    }
    const key = `${target.protocol} ${target.port}`;
    const lookup = judgedLookup(judge, target.port);
    const connector = connectors.get(key) ?? undici().buildConnector({ ...optionsOf(target.protocol), lookup });
    connectors.set(key, connector);
    connector(target, callback);
  };
}

function judgedLookup(judge: JudgeAddress, port: string): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const refusals: Error[] = [];
      const passed = found.filter(({ address }) => {
        const refusal = refusalOf(() => judge(address, host, port));
        if (refusal !== undefined) refusals.push(refusal);
        return refusal === undefined;
      });
      const [first] = passed;
      if (first === undefined) callback(refusals[0] ?? new Error(`${host} has no address`), '', 0);
      else if (options.all === true) callback(null, passed);
      else callback(null, first.address, first.family);
    });
  };
}

function refusalOf(ask: () => void): Error | undefined {
  try {
    ask();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
