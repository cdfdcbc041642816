import { startFixtureServer } from './support/fixture-server.ts';
import { conformsOn } from './support/wire.ts';
import { handshakeWire } from './support/wires.ts';

await conformsOn(handshakeWire, () => startFixtureServer());
