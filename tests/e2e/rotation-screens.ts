// The screens of a rotation that is under way, stuck or asked about.
import { Colleague } from './colleague.ts';
import { expect } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';

/** One screen, and the way to it. */
export interface Screen {
  name: string;
  samples?: boolean;
  /** What stands in the settings file at the start. */
  settings?: string;
  show(desk: Desk): Promise<void>;
}

/** Opens the sample that rotates. */
export const openSample = async (desk: Desk) => {
  await desk.catalog.open('prod/payments/database');
  await expect(desk.detail.sealed).toBeVisible();
};

/** A function that fails, and one that does not end. */
const FUNCTIONS = `[rotation_functions]
Fails = 'sh -c "echo fake words of a function >&2; exit 3"'
Waits = 'sleep 600'
`;

/** Opens the rotation of a secret that one of these functions rotates, and rotates it. */
const rotateBy = async (desk: Desk, name: 'Fails' | 'Waits') => {
  const colleague = new Colleague(desk.bridge.vault!);
  await colleague.create({ name: 'app/db', value: { username: 'ops', password: 'fake' } });
  await desk.refreshButton.click();
  await desk.catalog.open('app/db');
  await desk.detail.turnTo('Rotation');
  await desk.rotation.press('Set up rotation');
  await desk.rotation.choose('Function of the local vault', name);
  await desk.rotation.save();
};

const askAboutRotation = (title: string, press: (desk: Desk) => Promise<void>) => async (desk: Desk) => {
  await openSample(desk);
  await desk.detail.turnTo('Rotation');
  await press(desk);
  await expect(desk.dialog(title)).toBeVisible();
};

export const ROTATION_SCREENS: Screen[] = [
  {
    name: 'rotation-steps',
    settings: FUNCTIONS,
    show: async (desk) => {
      await rotateBy(desk, 'Waits');
      await desk.rotation.expectSteps('under way', 'waits', 'waits', 'waits');
      await desk.rotation.diagnosis.getByText('If the rotation does not end').click();
      await expect(desk.rotation.symptoms.first()).toBeVisible();
    },
  },
  {
    name: 'rotation-stuck',
    settings: FUNCTIONS,
    show: async (desk) => {
      await rotateBy(desk, 'Fails');
      await expect(desk.rotation.diagnosis).toContainText('The rotation is stuck');
      await desk.rotation.press('Show what the function wrote');
      await expect(desk.rotation.diagnosis.getByTestId('clear-text')).toContainText('fake words of a function');
    },
  },
  {
    name: 'rotate-now',
    samples: true,
    show: askAboutRotation('Rotate prod/payments/database now?', (desk) => desk.rotation.press('Rotate now')),
  },
  {
    name: 'rotate-again',
    settings: FUNCTIONS,
    show: async (desk) => {
      await rotateBy(desk, 'Fails');
      await desk.rotation.press('Try again');
      await expect(desk.dialog('Try the rotation of app/db again?')).toBeVisible();
    },
  },
  {
    name: 'cancel-rotation',
    samples: true,
    show: askAboutRotation('Cancel the rotation of prod/payments/database?', (desk) => desk.rotation.press('Cancel rotation')),
  },
];
