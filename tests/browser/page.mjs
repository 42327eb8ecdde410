// What every end-to-end test needs: a browser, a fresh page that tolerates no error, axe, and screenshots.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Longer than anything takes on a loaded machine; tests wait for state, and end when it is there. */
export const PATIENCE = 60_000;

/** Where `cargo xtask test` serves the page; `KAFKASCOPE_URL` says so. */
export const url = variable('KAFKASCOPE_URL');

/** A file of `dist/`. */
export const dist = (name) => join(variable('KAFKASCOPE_DIST', resolve(here, '../../dist')), name);

/** The single offline file, as a double click opens it. */
export const offlineUrl = () => pathToFileURL(dist('kafkascope.html')).href;

/** The program that runs worlds in a terminal. */
export const program = () => variable('KAFKASCOPE_BIN');

function variable(name, otherwise) {
  const value = process.env[name] ?? otherwise;
  assert.ok(value, `${name} is not set: run the end-to-end tests with \`cargo xtask test\``);
  return value;
}

/** One browser for one test file; close it in `after`. `args` add to Chromium's own, such as `--disable-gpu`. */
export function launch(args = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  });
}

/**
 * Opens an address in a fresh context, waits until the program runs, and hands the page to `story`.
 * Fails when the page logs an error or throws, and then leaves a screenshot named after the story.
 * @param options of `browser.newContext`: viewport, locale, colorScheme, reducedMotion, …
 */
export async function visit(browser, address, options, story) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const errors = watch(page);
  try {
    await page.goto(address);
    await started(page);
    await story(page, context);
    assert.deepEqual(errors, [], 'the page logged errors');
  } catch (error) {
    await shot(page, `failed-${story.name || 'story'}-${process.pid}`).catch(() => {});
    if (errors.length) error.message += `\nthe page's own errors:\n${errors.join('\n')}`;
    throw error;
  } finally {
    await context.close();
  }
}

/** Waits until the program runs and has drawn; fails with the page's own sentence when it cannot. */
export async function started(page) {
  await page.waitForSelector('html[data-started]:not(:has(#shell)), #shell-says[role=alert]', { state: 'attached' });
  const refusal = page.locator('#shell-says[role=alert]');
  if (await refusal.count()) assert.fail(await refusal.innerText());
}

/** Collects what the page logs as an error or throws. */
export function watch(page) {
  const errors = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console.error: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.stack ?? error}`));
  return errors;
}

/** Saves what is seen as tests/browser/shots/NAME.png. For people to look at: pixels are never compared. */
export async function shot(page, name) {
  mkdirSync(join(here, 'shots'), { recursive: true });
  await page.screenshot({ path: join(here, 'shots', `${name}.png`) });
}

/** Fails with every rule of WCAG 2.2 AA and good practice that the page breaks, and where. */
export async function assertAccessible(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((n) => n.html).join('\n  ')}`);
  assert.deepEqual(told, [], 'axe found violations');
}
