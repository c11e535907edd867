import { readFile } from 'node:fs/promises';
import { expect, test } from './fixtures.ts';

const SCRIPT = '<img src=x onerror="window.obeyed=1"><script>window.obeyed=1</script>';
const OVERRIDE = 'invoice\u202Efdp.exe';
const EMOJI = '\u{1F511} clé ключ مفتاح';

test('what colleagues write is shown as it is and never obeyed', async ({ app, colleague, page }) => {
  await colleague.create(
    { name: 'hostile/script', description: SCRIPT, value: { [SCRIPT]: SCRIPT }, tags: { a: 'b' } },
    { name: 'hostile/override', description: OVERRIDE, value: OVERRIDE },
    { name: 'hostile/emoji', description: EMOJI, value: EMOJI },
  );
  await app.openList('3 secrets');
  await app.catalog.toggleColumn('Description');
  await expect(app.catalog.row('hostile/script')).toContainText(SCRIPT);
  await expect(app.catalog.row('hostile/emoji')).toContainText(EMOJI);
  await expect(app.catalog.row('hostile/override'), 'a turned direction is shown as an escape').toContainText(
    'invoice\\u{202e}fdp.exe',
  );

  await app.catalog.open('hostile/script');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText(SCRIPT);
  await app.catalog.open('hostile/emoji');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText(EMOJI);
  await app.catalog.open('hostile/override');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toHaveText(OVERRIDE);
  expect(await page.evaluate(() => 'obeyed' in window), 'nothing was executed').toBe(false);
});

test('the longest name, description and tags break nothing', async ({ app, colleague, page }) => {
  const name = `very/long/${'n'.repeat(502)}`;
  await colleague.create({ name, description: 'd'.repeat(2048), tags: { ['k'.repeat(128)]: 'v'.repeat(256) }, value: 'f'.repeat(65_536) });
  await app.openList('1 secret');
  await app.catalog.open(name);
  await expect(app.detail.name).toHaveText(name);
  await app.detail.revealButton.click();
  expect(await app.detail.clearTexts.textContent()).toBe('f'.repeat(65_536));
  await app.detail.turnTo('Details');
  await expect(app.detail.metadata.getByTestId('tags').getByRole('rowheader')).toHaveText('k'.repeat(128));
  await expect(app.detail.metadata.getByTestId('tags').getByRole('cell')).toHaveText('v'.repeat(256));
  await expect(app.detail.fact('Description')).toHaveText('d'.repeat(2048));
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, 'the window does not scroll sideways').toBeLessThanOrEqual(0);
});

test('values with NUL and line breaks come back whole', async ({ app, colleague, person }, testInfo) => {
  const value = '\n fake\u0000null\r\nand\tmore\rat the end \n\n';
  await colleague.create({ name: 'nul', value });
  await app.openList('1 secret');
  await app.catalog.open('nul');
  await app.detail.revealButton.click();
  await expect(app.detail.clearTexts).toBeVisible();
  expect(await app.detail.clearTexts.textContent()).toBe(value);
  const file = testInfo.outputPath('nul.txt');
  await person.choose(file);
  await app.detail.exportValue();
  await expect(app.toasts.last()).toContainText('nul.txt');
  expect(await readFile(file, 'utf8')).toBe(value);
});

test('the policy refuses what a stray script would do', async ({ app, page }) => {
  await app.open();
  const refused = await page.evaluate(async () => {
    const elsewhere = await fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused');
    // From a timer, because what the driver itself runs is exempt from the policy.
    const evaluated = await new Promise((done) => {
      setTimeout(() => {
        try {
          done(window.eval('1 + 1'));
        } catch {
          done('refused');
        }
      });
    });
    const script = document.createElement('script');
    script.textContent = 'window.inline = 1';
    document.head.append(script);
    return { elsewhere, evaluated, inline: 'inline' in window };
  });
  expect(refused).toEqual({ elsewhere: 'refused', evaluated: 'refused', inline: false });
  expect(app.faults.splice(0).join('\n')).toContain('Content Security Policy');
});
