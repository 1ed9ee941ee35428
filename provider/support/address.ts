import { BlockList, isIP, isIPv6 } from 'node:net';

/** Where an IP address leads: into the open, into somebody's network, to the machine itself, or to its neighbour on the wire. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'link-local' | 'reserved';

const ranges: readonly (readonly [AddressKind, readonly string[]])[] = [
  // The addresses of cloud metadata services that are not link-local by number lead to the same thing.
  ['link-local', ['169.254.0.0/16', 'fe80::/10', '100.100.100.200/32', 'fd00:ec2::254/128', '168.63.129.16/32']],
  ['loopback', ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128']],
  [
    'private',
    ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15', 'fc00::/7', 'fec0::/10'],
  ],
  ['reserved', ['224.0.0.0/4', '240.0.0.0/4', '192.0.0.0/24', 'ff00::/8', '100::/64']],
];

/** Prefixes of IPv6 addresses that stand for an IPv4 address, with the place of its first group. */
const embeddings = [
  { range: listOf(['::ffff:0:0/96', '::/96', '64:ff9b::/96', '::ffff:0:0:0/96']), group: 6 },
  { range: listOf(['2002::/16']), group: 1 },
] as const;

const lists = ranges.map(([kind, subnets]) => [kind, listOf(subnets)] as const);

/** The kind of `address`, an IPv4 or IPv6 address in any spelling, also one in the other (RFC 4291, 6052, 3056). Undefined for anything else. */
export function kindOfAddress(address: string): AddressKind | undefined {
  const bare = address.replace(/^\[(.*)\]$/u, '$1').replace(/%.*$/u, '');
  if (isIP(bare) === 0) return undefined;
  const own = lists.find(([, list]) => list.check(bare, familyOf(bare)))?.[0];
  if (own !== undefined) return own;
  const embedded = isIPv6(bare) ? embeddedIn(bare) : undefined;
  return embedded === undefined ? 'public' : kindOfAddress(embedded);
}

function embeddedIn(address: string): string | undefined {
  const embedding = embeddings.find(({ range }) => range.check(address, 'ipv6'));
  if (embedding === undefined) return undefined;
  const groups = groupsOf(address);
  const high = groups[embedding.group] ?? 0;
  const low = groups[embedding.group + 1] ?? 0;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  // The URL parser spells every address in groups, the one with dots at its end too.
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const parse = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const front = parse(head);
  const back = parse(tail ?? '');
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
}

function listOf(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', bits] = subnet.split('/');
    list.addSubnet(net, Number(bits), familyOf(net));
  }
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
