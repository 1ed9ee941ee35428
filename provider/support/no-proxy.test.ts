import { describe, expect, it } from 'vitest';
import { noProxyRule } from './no-proxy.js';

describe('NO_PROXY', () => {
  it.each([
    ['', 'https://registry.example.com/', false],
    ['*', 'https://registry.example.com/', true],
    ['other.example, *', 'https://registry.example.com/', true],
    ['registry.example.com', 'https://registry.example.com/', true],
    ['Registry.Example.com', 'https://registry.example.com:5000/', true],
    ['example.com', 'https://registry.example.com/', true],
    ['.example.com', 'https://registry.example.com/', true],
    ['*.example.com', 'https://registry.example.com/', true],
    ['ample.com', 'https://registry.example.com/', false],
    ['example.com:5000', 'https://registry.example.com:5000/', true],
    ['example.com:5000', 'https://registry.example.com/', false],
    ['example.com:443', 'https://registry.example.com/', true],
    ['example.com:80', 'http://registry.example.com/', true],
    ['a.example b.example', 'http://b.example/', true],
    ['10.0.0.0/8', 'https://10.1.2.3:5000/v2/', true],
    ['localhost,10.0.0.0/8', 'https://11.1.2.3/', false],
    ['10.0.0.0/8', 'https://registry.10.example/', false],
    ['10.0.0.0/33', 'https://10.0.0.1/', false],
    ['10.0.0.1', 'http://10.0.0.1/', true],
    ['10.0.0.1:5000', 'http://10.0.0.1/', false],
    ['::1', 'http://[::1]:5000/', true],
    ['[::1]', 'http://[::1]:5000/', true],
    ['[::1]:5000', 'http://[::1]:5000/', true],
    ['[::1]:5001', 'http://[::1]:5000/', false],
    ['fd00::/8', 'https://[fd12::5]/', true],
    ['fd00::/8', 'https://[2001:db8::5]/', false],
  ])('with %j excepts %s: %j', (noProxy, url, excepted) => {
    expect(noProxyRule(noProxy)(new URL(url))).toBe(excepted);
  });
});
