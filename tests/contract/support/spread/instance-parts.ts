import type { TransportOptions } from '../../../../playground-server/transport/index.ts';
import type { StoreAddress } from '../store-address.ts';

/** What an instance in another process is made of. */
export interface InstanceParts {
  store: StoreAddress;
  /** It goes by the test's clock. */
  hasClock: boolean;
  /** Those that are data. */
  options: Partial<TransportOptions>;
  /** The names of those that are functions. */
  functions: string[];
  /** The names of what the handler has. */
  handler: string[];
}
