// The screens of a rotation that is in progress, stuck or being confirmed.
import { Colleague } from './colleague.ts';
import { expect } from './fixtures.ts';
import type { App } from './pages/app.ts';

/** One screen, and the way to it. */
export interface Screen {
  name: string;
  samples?: boolean;
  /** What stands in the settings file at the start. */
  settings?: string;
  show(app: App): Promise<void>;
}

/** Opens the sample that rotates. */
export const openSample = async (app: App) => {
  await app.catalog.open('prod/payments/database');
  await expect(app.detail.sealed).toBeVisible();
};

/** A function that fails, and one that does not end. */
const FUNCTIONS = `[rotation_functions]
Fails = 'sh -c "echo fake words of a function >&2; exit 3"'
Waits = 'sleep 600'
`;

/** Opens the rotation of a secret that one of these functions rotates, and rotates it. */
const rotateBy = async (app: App, name: 'Fails' | 'Waits') => {
  const colleague = new Colleague(app.bridge.vault!);
  await colleague.create({ name: 'app/db', value: { username: 'ops', password: 'fake' } });
  await app.refreshButton.click();
  await app.catalog.open('app/db');
  await app.detail.turnTo('Rotation');
  await app.rotation.press('Set up rotation');
  await app.rotation.choose('Function of the local vault', name);
  await app.rotation.save();
};

const askAboutRotation = (title: string, press: (app: App) => Promise<void>) => async (app: App) => {
  await openSample(app);
  await app.detail.turnTo('Rotation');
  await press(app);
  await expect(app.dialog(title)).toBeVisible();
};

export const ROTATION_SCREENS: Screen[] = [
  {
    name: 'rotation-steps',
    settings: FUNCTIONS,
    show: async (app) => {
      await rotateBy(app, 'Waits');
      await app.rotation.expectSteps('in progress', 'pending', 'pending', 'pending');
      await app.rotation.diagnosis.getByText('If the rotation does not finish').click();
      await expect(app.rotation.symptoms.first()).toBeVisible();
    },
  },
  {
    name: 'rotation-stuck',
    settings: FUNCTIONS,
    show: async (app) => {
      await rotateBy(app, 'Fails');
      await expect(app.rotation.diagnosis).toContainText('The rotation is stuck');
      await app.rotation.press('Show function output');
      await expect(app.rotation.diagnosis.getByTestId('clear-text')).toContainText('fake words of a function');
    },
  },
  {
    name: 'rotate-now',
    samples: true,
    show: askAboutRotation('Rotate prod/payments/database now?', (app) => app.rotation.press('Rotate now')),
  },
  {
    name: 'rotate-again',
    settings: FUNCTIONS,
    show: async (app) => {
      await rotateBy(app, 'Fails');
      await app.rotation.press('Try again');
      await expect(app.dialog('Retry rotation of app/db?')).toBeVisible();
    },
  },
  {
    name: 'cancel-rotation',
    samples: true,
    show: askAboutRotation('Cancel rotation of prod/payments/database?', (app) => app.rotation.press('Cancel rotation')),
  },
];
