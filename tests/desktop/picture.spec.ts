// The picture of the README: `assets/screenshots/window.png` is a copy of `tests/artifacts/desktop/window.png`.
import { byTestId, row, test } from './window.ts';

test('the samples are looked at in the real window', async ({ window }) => {
  await window.press(byTestId('load-samples'));
  await window.press(row('prod/payments/database'));
  await window.press(byTestId('reveal'));
  await window.shows(byTestId('value-countdown'));
  await window.press(byTestId('toast', ' [aria-label="Dismiss"]'));
  await window.expectCount(byTestId('toast'), 0);
  await window.picture('window');
});
