import { defineConfig } from '@playwright/test';

/** `journeys` drives the real front end in Chromium, `desktop` the real window. */
export default defineConfig({
  outputDir: 'artifacts/playwright',
  reporter: process.env.PLAYWRIGHT_JUNIT_OUTPUT_FILE ? [['list'], ['junit']] : 'list',
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  projects: [
    {
      name: 'journeys',
      testDir: 'e2e',
      use: {
        browserName: 'chromium',
        viewport: { width: 1280, height: 800 },
        colorScheme: 'light',
        locale: 'en-GB',
        timezoneId: 'UTC',
        actionTimeout: 10_000,
        trace: { mode: 'retain-on-failure', snapshots: false, screenshots: false, sources: false },
        screenshot: 'only-on-failure',
        launchOptions: { executablePath: '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] },
      },
    },
    { name: 'desktop', testDir: 'desktop', workers: 1 },
  ],
});
