import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { clientAddress, limitKey } from '../../playground-server/http/client-address.ts';

const request = (forwarded: string[]): IncomingMessage =>
  ({
    socket: { remoteAddress: '10.0.0.9' },
    headersDistinct: forwarded.length > 0 ? { 'x-forwarded-for': forwarded } : {},
  }) as unknown as IncomingMessage;

describe('with so many proxies in front', () => {
  test.each([
    [0, ['1.1.1.1'], '10.0.0.9'],
    [1, ['1.1.1.1'], '1.1.1.1'],
    [1, ['6.6.6.6, 1.1.1.1'], '1.1.1.1'],
    [2, ['6.6.6.6, 1.1.1.1, 2.2.2.2'], '1.1.1.1'],
    [1, ['6.6.6.6', '1.1.1.1'], '1.1.1.1'],
    [3, ['1.1.1.1'], '1.1.1.1'],
    [1, [], '10.0.0.9'],
    [1, [' , '], '10.0.0.9'],
  ])('%i hops, X-Forwarded-For %j: %s', (hops, forwarded, address) => {
    expect(clientAddress(request(forwarded), hops)).toBe(address);
  });
});

test.each([
  ['203.0.113.1', '203.0.113.1'],
  ['203.0.113.1:4711', '203.0.113.1'],
  ['::ffff:203.0.113.1', '203.0.113.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['unknown', 'unknown'],
  ['', 'unknown'],
])('%s is counted as %s', (address, key) => {
  expect(limitKey(address)).toBe(key);
});
