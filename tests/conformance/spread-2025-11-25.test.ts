/** Three processes and one store pass what one process passes, whichever of them a request meets (rule B4). */
import { startSpreadFixtureServer } from './support/fixture-server.ts';
import { conformsOn } from './support/wire.ts';
import { handshakeWire } from './support/wires.ts';

await conformsOn(handshakeWire, startSpreadFixtureServer);
