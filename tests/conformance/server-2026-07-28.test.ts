import { startFixtureServer } from './support/fixture-server.ts';
import { conformsOn } from './support/wire.ts';
import { modernWire } from './support/wires.ts';

await conformsOn(modernWire, () => startFixtureServer());
