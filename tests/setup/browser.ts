import { type Browser, chromium, type LaunchOptions } from 'playwright';
import { findChromium } from '../../scripts/lib/system-packages.js';

/**
 * Starts the system's Chromium without a window. It closes with its scope (`await using`) or by `close()`.
 *
 * @throws When no Chromium is installed: `npm test` installs it or says how.
 */
export function launchBrowser(options: Pick<LaunchOptions, 'ignoreDefaultArgs'> = {}): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium in PATH. `npm test` installs it, or says how to.');
  // Chromium refuses to start its sandbox as root, which is who runs tests in a container; and /dev/shm is small there.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'], ...options });
}
