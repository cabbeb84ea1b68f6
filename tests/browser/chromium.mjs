// Debian's Chromium, as infra/setup.sh installs it.
import { chromium } from 'playwright-core';

// Chromium's own sandbox needs rights that containers do not give, and /dev/shm is small in them.
export const launch = () =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
