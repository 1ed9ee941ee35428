import { BlockList, isIP } from 'node:net';

/** One entry of `NO_PROXY`. */
interface Exception {
  /** `*`, a name with all names below it, or an address; in lower case, without brackets. */
  readonly host: string;
  /** Empty for every port. */
  readonly port: string;
  /** The addresses of a range, as `10.0.0.0/8`. */
  readonly range: BlockList | undefined;
}

/**
 * What is not asked through a proxy, in the forms of `NO_PROXY` that Go and curl know, separated by commas or spaces: `*`; a name, with or without
 * `.` or `*.` before it, which stands for all names below it too; an address; a range of addresses as `10.0.0.0/8`. All but ranges may end in a port.
 * Names are not looked up: a range holds for URLs with an address in them.
 */
export function noProxyRule(text: string): (url: URL) => boolean {
  const exceptions = text
    .split(/[,\s]+/u)
    .filter((entry) => entry !== '')
    .map(exceptionOf);
  return (url) => {
    const host = url.hostname.replace(/^\[(.*)\]$/u, '$1').toLowerCase();
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return exceptions.some((exception) => (exception.port === '' || exception.port === port) && holds(exception, host));
  };
}

function exceptionOf(entry: string): Exception {
  const range = rangeOf(entry);
  if (range !== undefined) return { host: '', port: '', range };
  // Of an IPv6 address without brackets, no part is a port.
  const [, host = entry, port = ''] = isIP(entry) === 6 ? [] : (/^(.+?)(?::(\d+))?$/u.exec(entry) ?? []);
  const bare = host.replace(/^\[(.*)\]$/u, '$1').replace(/^\*?\./u, '');
  return { host: bare.toLowerCase(), port, range: undefined };
}

function rangeOf(entry: string): BlockList | undefined {
  const [net = '', bits = '', ...rest] = entry.split('/');
  const family = isIP(net);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/u.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) {
    return undefined;
  }
  const list = new BlockList();
  list.addSubnet(net, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list;
}

function holds({ host: excepted, range }: Exception, host: string): boolean {
  const family = isIP(host);
  if (range !== undefined) return family !== 0 && range.check(host, family === 4 ? 'ipv4' : 'ipv6');
  return excepted === '*' || host === excepted || host.endsWith(`.${excepted}`);
}
