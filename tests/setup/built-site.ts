/**
 * Global setup of the suites that read `dist/`: builds the site, unless what is there is up to date.
 * `npm test` has built it already, so this matters when one suite is run by hand.
 */

import { buildSiteIfChanged } from '../../scripts/lib/site.js';

export default async function builtSite(): Promise<void> {
  await buildSiteIfChanged();
}
