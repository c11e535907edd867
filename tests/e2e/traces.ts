import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

/** The forms in which a word could lie somewhere: plain, UTF-16, hexadecimal, Base64 at each offset, and as a URL. */
export function formsOf(word: string): Buffer[] {
  const bytes = Buffer.from(word);
  const hex = bytes.toString('hex');
  const url = hex.replace(/../g, '%$&');
  // A part of a Base64 text, without the characters at its ends that depend on what stands beside.
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').replace(/=+$/, '');
    return text.slice(offset && offset + 1, -1);
  });
  const texts = [hex, hex.toUpperCase(), url, url.toUpperCase(), ...base64];
  return [bytes, Buffer.from(word, 'utf16le'), ...texts.map((text) => Buffer.from(text))];
}

/** Whether a word is there in any of its forms. */
export function holds(content: Buffer | string, word: string): boolean {
  const bytes = Buffer.from(content);
  return formsOf(word).some((form) => bytes.includes(form));
}

/** The files below a folder that hold a word, in their content or name. */
export async function filesWith(folder: string, word: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? await readFile(path).catch(unlessGone) : '';
    if (holds(entry.name, word) || holds(content, word)) found.push(path);
  }
  return found;
}

/** A program that ends takes files of its own away, which hold nothing then. */
function unlessGone(failure: NodeJS.ErrnoException): string {
  if (failure.code === 'ENOENT') return '';
  throw failure;
}

/** Everything that a page still has at hand: its markup, what stands in its fields, its title, history and storage. */
export async function pageText(page: Page): Promise<string> {
  const reachable = await page.evaluate(async () => {
    const fields = Array.from(document.querySelectorAll<HTMLInputElement>('input, textarea, select'), (field) => field.value);
    const databases = await indexedDB.databases();
    const stored = [Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, await caches.keys()];
    return JSON.stringify([document.title, location.href, history.state, fields, stored, databases, getSelection()?.toString()]);
  });
  return `${await page.content()}\n${reachable}`;
}
