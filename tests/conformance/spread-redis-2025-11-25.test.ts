/** The same with the store in Redis (rules B3, B4). */
import { inRedis, startSpreadFixtureServer } from './support/fixture-server.ts';
import { conformsOn } from './support/wire.ts';
import { handshakeWire } from './support/wires.ts';

await conformsOn(handshakeWire, () => startSpreadFixtureServer(inRedis));
