import { expect, type Locator, type Page } from '@playwright/test';

export type Repeat = 'Hours' | 'Days' | 'Daily' | 'Weekly' | 'Monthly';

/** The tab *Rotation* of the open secret: how it stands, the editor with the schedule builder, and its questions. */
export class RotationPane {
  readonly pane: Locator;
  readonly facts: Locator;
  readonly steps: Locator;
  readonly test: Locator;
  readonly diagnosis: Locator;
  readonly symptoms: Locator;
  readonly templateKeys: Locator;
  readonly editor: Locator;
  readonly functionArn: Locator;
  readonly expression: Locator;
  readonly duration: Locator;
  readonly presets: Locator;
  readonly sentence: Locator;
  readonly faults: Locator;
  readonly gaps: Locator;
  readonly windows: Locator;
  readonly calendar: Locator;
  readonly daysInYear: Locator;
  readonly textOnly: Locator;
  readonly rotateImmediately: Locator;
  readonly submitButton: Locator;
  readonly question: Locator;

  constructor(private readonly page: Page) {
    this.pane = page.getByTestId('rotation-pane');
    this.facts = page.getByTestId('rotation-facts');
    this.steps = page.getByTestId('rotation-step');
    this.test = page.getByTestId('rotation-test');
    this.diagnosis = page.getByTestId('rotation-diagnosis');
    this.symptoms = page.getByTestId('rotation-symptom');
    this.templateKeys = page.getByTestId('template-key');
    this.editor = page.getByTestId('rotation-editor');
    this.functionArn = page.getByRole('textbox', { name: 'ARN of the rotation function' });
    this.expression = page.getByRole('textbox', { name: 'Schedule expression' });
    this.duration = page.getByRole('textbox', { name: 'Duration' });
    this.presets = page.getByRole('combobox', { name: 'Start from an example' });
    this.sentence = page.getByTestId('schedule-sentence');
    this.faults = page.getByTestId('schedule-fault');
    this.gaps = page.getByTestId('schedule-gaps');
    this.windows = page.getByTestId('next-windows').getByRole('row');
    this.calendar = page.getByTestId('year-calendar');
    this.daysInYear = page.getByTestId('days-in-year');
    this.textOnly = page.getByTestId('text-only');
    this.rotateImmediately = page.getByRole('checkbox', { name: 'Rotate immediately' });
    this.submitButton = this.editor.getByRole('button', { name: /^(Turn on|Save) rotation$/ });
    this.question = page.getByTestId('change-review');
  }

  async press(button: string): Promise<void> {
    await this.pane.getByRole('button', { name: button, exact: true }).click();
  }

  /** Saves the rotation; where it begins now, after its review. */
  async save(): Promise<void> {
    const begins = await this.rotateImmediately.isChecked();
    await this.submitButton.click();
    if (begins) await this.agree('Save and rotate');
  }

  /** Says yes to the question that is open. */
  async agree(button: string): Promise<void> {
    await this.question.getByRole('button', { name: button, exact: true }).click();
  }

  /** What is known of createSecret, setSecret, testSecret and finishSecret, in this order. */
  async expectSteps(...states: [string, string, string, string]): Promise<void> {
    await expect(this.steps.getByRole('strong')).toHaveText(states, { timeout: 30_000 });
  }

  templateKey(key: string): Locator {
    return this.templateKeys.and(this.page.locator(`[data-key="${key}"]`));
  }

  symptom(words: string): Locator {
    return this.symptoms.filter({ hasText: words });
  }

  async repeat(pattern: Repeat): Promise<void> {
    await this.editor.getByRole('radio', { name: pattern, exact: true }).check();
  }

  async every(count: number): Promise<void> {
    await this.editor.getByRole('spinbutton', { name: 'Every' }).fill(String(count));
  }

  async opensAt(hour: number, again?: number): Promise<void> {
    await this.choose('Opens at', `${String(hour).padStart(2, '0')}:00 UTC`);
    if (again) await this.choose('Repeat within the day', `Every ${again} hours`);
  }

  async choose(select: string, option: string): Promise<void> {
    await this.editor.getByRole('combobox', { name: select }).selectOption(option);
  }

  /** Ticks these boxes of a group and no others. */
  async tick(group: string, ...names: string[]): Promise<void> {
    const boxes = this.editor.getByRole('group', { name: group, exact: true }).getByRole('checkbox');
    for (const name of names) await boxes.and(this.page.getByLabel(name, { exact: true })).check();
    for (const box of await boxes.all()) {
      const name = (await box.getAttribute('aria-label')) ?? '';
      if (!names.includes(name)) await box.uncheck();
    }
  }

  /** The reason that stands in the list, and the button that fixes it. */
  fault(reason: string): Locator {
    return this.faults.filter({ hasText: reason });
  }

  fix(text: string): Locator {
    return this.faults.getByRole('button', { name: `Write ${text}`, exact: true });
  }
}
