import { expect, test } from './fixtures.ts';
import type { RotationPane } from './pages/rotation.ts';
import { FUNCTION, openEditor, SECRET } from './rotation-opened.ts';

/** A Monday, long after the secret was made. */
const NOW = '2038-01-04T06:00:00Z';

interface Example {
  expression: string;
  sentence: string;
  gaps: string;
  /** The first window; none where it depends on when the secret was made. */
  first?: [day: string, hours: string];
  /** Days of 2038 with a window. */
  days?: number;
  byForm(rotation: RotationPane): Promise<void>;
  /** What the form writes where the guide's text says the same in other words. */
  written?: string;
}

const EXAMPLES: Record<string, Example> = {
  'Every four hours': {
    expression: 'rate(4 hours)',
    sentence: 'Every 4 hours after the last rotation, for 1 hour.',
    gaps: 'A window opens every 4 hours.',
    days: 365,
    byForm: async (rotation) => {
      await rotation.repeat('Hours');
      await rotation.every(4);
    },
  },
  'Every day': {
    expression: 'rate(1 day)',
    sentence: '00:00 UTC every day, until the end of the day.',
    gaps: 'A window opens every 24 hours.',
    days: 365,
    byForm: async (rotation) => {
      await rotation.repeat('Days');
      await rotation.every(1);
    },
  },
  'Every 10 days': {
    expression: 'rate(10 days)',
    sentence: '00:00 UTC every 10 days after the last rotation, until the end of the day.',
    gaps: 'A window opens every 10 days.',
    byForm: async (rotation) => {
      await rotation.repeat('Days');
      await rotation.every(10);
    },
  },
  'Every eight hours starting at midnight': {
    expression: 'cron(0 /8 * * ? *)',
    written: 'cron(0 0/8 * * ? *)',
    sentence: '00:00, 08:00 and 16:00 UTC every day, for 1 hour.',
    gaps: 'A window opens every 8 hours.',
    first: ['Mon 4 Jan 2038', '08:00–09:00'],
    days: 365,
    byForm: async (rotation) => {
      await rotation.repeat('Daily');
      await rotation.opensAt(0, 8);
    },
  },
  'Every eight hours starting at 8:00 AM': {
    expression: 'cron(0 8/8 * * ? *)',
    sentence: '08:00 and 16:00 UTC every day, for 1 hour.',
    gaps: 'Shortest wait 8 hours, longest 16 hours.',
    first: ['Mon 4 Jan 2038', '08:00–09:00'],
    days: 365,
    byForm: async (rotation) => {
      await rotation.repeat('Daily');
      await rotation.opensAt(8, 8);
    },
  },
  'Every ten hours, starting at 2:00 AM': {
    expression: 'cron(0 2/10 * * ? *)',
    sentence: '02:00, 12:00 and 22:00 UTC every day, for 1 hour.',
    gaps: 'Shortest wait 4 hours, longest 10 hours.',
    first: ['Mon 4 Jan 2038', '12:00–13:00'],
    days: 365,
    byForm: async (rotation) => {
      await rotation.repeat('Daily');
      await rotation.opensAt(2, 10);
    },
  },
  'Every day at 10:00 AM': {
    expression: 'cron(0 10 * * ? *)',
    sentence: '10:00 UTC every day, until the end of the day.',
    gaps: 'A window opens every 24 hours.',
    first: ['Mon 4 Jan 2038', '10:00–24:00'],
    days: 365,
    byForm: async (rotation) => {
      await rotation.repeat('Daily');
      await rotation.opensAt(10);
    },
  },
  'Every Saturday at 6:00 PM': {
    expression: 'cron(0 18 ? * SAT *)',
    sentence: '18:00 UTC every Saturday, until the end of the day.',
    gaps: 'A window opens every 7 days.',
    first: ['Sat 9 Jan 2038', '18:00–24:00'],
    days: 52,
    byForm: async (rotation) => {
      await rotation.repeat('Weekly');
      await rotation.tick('On', 'Saturday');
      await rotation.opensAt(18);
    },
  },
  'The first day of every month at 8:00 AM': {
    expression: 'cron(0 8 1 * ? *)',
    sentence: '08:00 UTC on the 1st of every month, until the end of the day.',
    gaps: 'Shortest wait 28 days, longest 31 days.',
    first: ['Mon 1 Feb 2038', '08:00–24:00'],
    days: 12,
    byForm: async (rotation) => {
      await rotation.repeat('Monthly');
      await rotation.tick('On day', 'Day 1');
      await rotation.opensAt(8);
    },
  },
  'Every three months on the first Sunday at 1:00 AM': {
    expression: 'cron(0 1 ? 1/3 SUN#1 *)',
    sentence: '01:00 UTC on the first Sunday of every third month, until the end of the day.',
    gaps: 'Shortest wait 84 days, longest 98 days.',
    first: ['Sun 4 Apr 2038', '01:00–24:00'],
    days: 4,
    byForm: async (rotation) => {
      await rotation.repeat('Monthly');
      await rotation.choose('Days of the month', 'On the nth weekday');
      await rotation.choose('Which one', 'First');
      await rotation.choose('Weekday', 'Sunday');
      await rotation.tick('In', 'January', 'April', 'July', 'October');
      await rotation.opensAt(1);
    },
  },
  'The last day of every month at 5:00 PM': {
    expression: 'cron(0 17 L * ? *)',
    sentence: '17:00 UTC on the last day of every month, until the end of the day.',
    gaps: 'Shortest wait 28 days, longest 31 days.',
    first: ['Sun 31 Jan 2038', '17:00–24:00'],
    days: 12,
    byForm: async (rotation) => {
      await rotation.repeat('Monthly');
      await rotation.choose('Days of the month', 'On the last day');
      await rotation.opensAt(17);
    },
  },
  'Monday through Friday at 8:00 AM': {
    expression: 'cron(0 8 ? * MON-FRI *)',
    sentence: '08:00 UTC from Monday to Friday, until the end of the day.',
    gaps: 'Shortest wait 24 hours, longest 3 days.',
    first: ['Mon 4 Jan 2038', '08:00–24:00'],
    days: 261,
    byForm: async (rotation) => {
      await rotation.repeat('Weekly');
      await rotation.tick('On', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday');
      await rotation.opensAt(8);
    },
  },
  'First and 15th day of every month at 4:00 PM': {
    expression: 'cron(0 16 1,15 * ? *)',
    sentence: '16:00 UTC on the 1st and 15th of every month, until the end of the day.',
    gaps: 'Shortest wait 14 days, longest 17 days.',
    first: ['Fri 15 Jan 2038', '16:00–24:00'],
    days: 24,
    byForm: async (rotation) => {
      await rotation.repeat('Monthly');
      await rotation.tick('On day', 'Day 1', 'Day 15');
      await rotation.opensAt(16);
    },
  },
  'First Sunday of every month at midnight': {
    expression: 'cron(0 0 ? * SUN#1 *)',
    sentence: '00:00 UTC on the first Sunday of every month, until the end of the day.',
    gaps: 'Shortest wait 28 days, longest 35 days.',
    first: ['Sun 7 Feb 2038', '00:00–24:00'],
    days: 12,
    byForm: async (rotation) => {
      await rotation.repeat('Monthly');
      await rotation.choose('Days of the month', 'On the nth weekday');
      await rotation.choose('Weekday', 'Sunday');
      await rotation.opensAt(0);
    },
  },
  'Starting in January, every 11 months on the first Monday at midnight': {
    expression: 'cron(0 0 ? 1/11 2#1 *)',
    written: 'cron(0 0 ? JAN,DEC MON#1 *)',
    sentence: '00:00 UTC on the first Monday of January and December, until the end of the day.',
    gaps: 'Shortest wait 28 days, longest 336 days.',
    first: ['Mon 4 Jan 2038 (open now)', '00:00–24:00'],
    days: 2,
    byForm: async (rotation) => {
      await rotation.repeat('Monthly');
      await rotation.choose('Days of the month', 'On the nth weekday');
      await rotation.tick('In', 'January', 'December');
      await rotation.opensAt(0);
    },
  },
};

interface Refusal {
  expression?: string;
  duration?: string;
  reason: string;
  fixed: string;
}

const REFUSALS: Record<string, Refusal> = {
  'a rate below four hours': {
    expression: 'rate(3 hours)',
    reason: 'Value: a secret rotates every four hours at most.',
    fixed: 'rate(4 hours)',
  },
  'a rate of more than 999 days': {
    expression: 'rate(1000 days)',
    reason: 'Value: the longest rotation period is 999 days.',
    fixed: 'rate(999 days)',
  },
  'minutes other than 0': {
    expression: 'cron(5 8 * * ? *)',
    reason: 'Minutes: it must be 0, not "5": rotation windows open on the hour.',
    fixed: 'cron(0 8 * * ? *)',
  },
  'steps of three hours': {
    expression: 'cron(0 0/3 * * ? *)',
    reason: 'Hours: two windows open only 3 hours apart.',
    fixed: 'cron(0 0/4 * * ? *)',
  },
  'both day fields set': {
    expression: 'cron(0 8 1 * MON *)',
    reason: 'Day-of-week: the day of the month and the day of the week are both set. One of them must be ?.',
    fixed: 'cron(0 8 1 * ? *)',
  },
  'both day fields ?': {
    expression: 'cron(0 8 ? * ? *)',
    reason: 'Day-of-month: the day of the month and the day of the week are both ?.',
    fixed: 'cron(0 8 * * ? *)',
  },
  'a sixth Sunday': {
    expression: 'cron(0 8 ? * SUN#6 *)',
    reason: 'Day-of-week: "SUN#6" is not a weekday of a month: no month has more than five of one',
    fixed: 'cron(0 8 ? * SUNL *)',
  },
  'hour 25': {
    expression: 'cron(0 25 * * ? *)',
    reason: 'Hours: "25" is not among the hours 0 to 23.',
    fixed: 'cron(0 23 * * ? *)',
  },
  '30 February': {
    expression: 'cron(0 0 30 FEB ? *)',
    reason: 'Day-of-month: none of the months has such a day, so no window would ever open.',
    fixed: 'cron(0 0 L FEB ? *)',
  },
  'a window of no length': {
    duration: '0h',
    reason: 'Duration: a window is at least 1 hour and at most 24 hours long, not "0h".',
    fixed: '1h',
  },
  'a window of 25 hours': {
    expression: 'cron(0 0 ? * MON *)',
    duration: '25h',
    reason: 'Duration: a window is at least 1 hour and at most 24 hours long, not "25h".',
    fixed: '24h',
  },
  'a window in minutes': {
    duration: '90m',
    reason: 'Duration: "90m" is not a duration. It is written in whole hours, 3h for three hours.',
    fixed: '2h',
  },
  'a window that runs into the next one': {
    expression: 'rate(4 hours)',
    duration: '5h',
    reason: 'Duration: a window of 5 hours runs into the next one, which can open after 4 hours.',
    fixed: '4h',
  },
};

test.describe('schedules', () => {
  test.beforeEach(async ({ page, colleague }) => {
    await page.clock.setFixedTime(NOW);
    await colleague.create(SECRET);
  });

  test('every example of the user guide is offered', async ({ app }) => {
    const rotation = await openEditor(app);
    const titles = await rotation.presets.getByRole('option').allTextContents();
    expect(titles).toEqual(['Custom schedule', ...Object.keys(EXAMPLES)]);
    for (const [title, { expression }] of Object.entries(EXAMPLES)) {
      await rotation.presets.selectOption(title);
      await expect(rotation.expression).toHaveValue(expression);
    }
  });

  for (const [title, example] of Object.entries(EXAMPLES)) {
    test(`by text and by form: ${title}`, async ({ app }) => {
      const rotation = await openEditor(app);
      const expectOutlook = async () => {
        await expect(rotation.sentence).toHaveText(example.sentence);
        await expect(rotation.gaps).toHaveText(example.gaps);
        await expect(rotation.faults).toHaveCount(0);
        await expect(rotation.windows, 'a line of headings and twelve windows').toHaveCount(13);
        if (example.first) {
          const cells = rotation.windows.nth(1).getByRole('cell');
          await expect(rotation.windows.nth(1).getByRole('rowheader')).toHaveText(example.first[0]);
          await expect(cells, 'one column where the clock of the person shows UTC').toHaveText([example.first[1]]);
        }
        if (example.days) await expect(rotation.daysInYear).toHaveText(`${example.days} days with a window (UTC)`);
        await expect(rotation.textOnly).toHaveCount(0);
      };
      await rotation.expression.fill(example.expression);
      await expectOutlook();
      await rotation.expression.fill('rate(77 hours)');
      await expect(rotation.sentence).not.toHaveText(example.sentence);
      await example.byForm(rotation);
      await expect(rotation.expression).toHaveValue(example.written ?? example.expression);
      await expectOutlook();
    });
  }

  test('what only the text can say is said, and kept until the form is changed', async ({ app }) => {
    const rotation = await openEditor(app);
    await rotation.expression.fill('cron(0 1,9,20 * * ? *)');
    await expect(rotation.textOnly).toBeVisible();
    await expect(rotation.sentence).toHaveText('01:00, 09:00 and 20:00 UTC every day, for 1 hour.');
    await expect(rotation.fault('AWS may refuse lists and ranges'), 'a note keeps nothing back').toHaveCount(1);
    await expect(rotation.submitButton).toBeEnabled();
    await rotation.repeat('Daily');
    await expect(rotation.textOnly).toHaveCount(0);
    await expect(rotation.expression).toHaveValue('cron(0 8 * * ? *)');
  });

  test('the length of the window is a choice and a text', async ({ app }) => {
    const rotation = await openEditor(app);
    await rotation.choose('Stays open for', '2 hours');
    await expect(rotation.duration).toHaveValue('2h');
    await expect(rotation.sentence).toHaveText('08:00 UTC every Monday, for 2 hours.');
    await rotation.duration.fill('3h');
    await expect(rotation.windows.nth(1).getByRole('cell').first()).toHaveText('08:00–11:00');
    await expect(app.page.getByRole('combobox', { name: 'Stays open for' })).toHaveValue('3');
  });

  test('the calendar goes on for years', async ({ app }) => {
    const rotation = await openEditor(app);
    await rotation.expression.fill('cron(0 0 29 FEB ? *)');
    await expect(rotation.daysInYear).toHaveText('0 days with a window (UTC)');
    await rotation.press('Year after');
    await rotation.press('Year after');
    await expect(rotation.calendar.getByRole('heading')).toHaveText('2040');
    await expect(rotation.daysInYear).toHaveText('1 day with a window (UTC)');
    await expect(rotation.calendar.getByRole('listitem').nth(1)).toContainText('February 2040: 29');
  });

  for (const [name, { expression, duration, reason, fixed }] of Object.entries(REFUSALS)) {
    test(`refused before anything is sent: ${name}`, async ({ app, bridge }) => {
      const rotation = await openEditor(app);
      await rotation.functionArn.fill(FUNCTION);
      if (expression) await rotation.expression.fill(expression);
      if (duration) await rotation.duration.fill(duration);
      const field = duration ? rotation.duration : rotation.expression;
      await expect(rotation.fault(reason)).toHaveCount(1);
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await expect(field, 'a screen reader reads the reason with the field').toHaveAccessibleDescription(
        new RegExp(escape(reason)),
      );
      await expect(rotation.submitButton).toBeDisabled();
      await field.press('Enter');
      expect((await bridge.calls()).RotateSecret, 'nothing is sent').toBeUndefined();
      await rotation.fix(fixed).click();
      await expect(field).toHaveValue(fixed);
      await expect(field).not.toHaveAttribute('aria-invalid');
      await expect(rotation.fault(reason)).toHaveCount(0);
      await expect(rotation.submitButton).toBeEnabled();
    });
  }
});

test.describe('another time zone', () => {
  test.use({ timezoneId: 'Asia/Tokyo' });

  test('windows stand in UTC and by the clock of the person, with the day that changes', async ({
    app,
    page,
    colleague,
  }) => {
    await page.clock.setFixedTime(NOW);
    await colleague.create(SECRET);
    const rotation = await openEditor(app);
    await rotation.expression.fill('cron(0 18 ? * SAT *)');
    await rotation.duration.fill('2h');
    await expect(rotation.windows.nth(1).getByRole('cell')).toHaveText([
      '18:00–20:00',
      'Sun 10 Jan 2038 03:00–05:00',
    ]);
  });
});

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
