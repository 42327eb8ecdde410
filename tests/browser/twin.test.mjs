// Two worlds on one clock: one click parts them, a crash tells them apart, and one of them is kept.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PATIENCE, assertAccessible, launch, shot, url, visit } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** The cells of a line of the table: A, B and the difference. */
const line = (page, name) =>
  page.locator('#outcome tr', { has: page.getByRole('rowheader', { name, exact: true }) }).locator('td').allInnerTexts();

const number = (text) => Number(text.replace(/\D/g, ''));

/** Waits until A has lost records. */
const lost = (page, name) =>
  page.waitForFunction(
    (name) => [...document.querySelectorAll('#outcome tr')].some((row) =>
      row.querySelector('th')?.textContent === name && Number(row.querySelector('td').textContent.replace(/\D/g, '')) > 0),
    name,
    { timeout: 3 * PATIENCE },
  );

test('with one click the same crash is seen with acks=1 and with acks=all', () =>
  visit(browser, url, {}, async function pair(page) {
    await page.click('#pair-acks');
    await page.waitForSelector('#stage-a canvas');
    await page.waitForSelector('#stage-b canvas');
    await lost(page, 'acknowledged and lost');
    await page.keyboard.press('.');
    const [a, b, difference] = await line(page, 'acknowledged and lost');
    assert.ok(number(a) > 0);
    assert.equal(b, '0');
    assert.equal(difference, `−${a}`);
    await shot(page, 'twin');
    await assertAccessible(page);

    await page.click('#first-difference');
    const at = await page.evaluate(() => globalThis.kafkascope.now());
    const said = await page.locator('#first-difference').innerText();
    // The page says a moment with the milliseconds that have passed, not the nearest ones.
    assert.ok(said.includes((Math.floor(at / 1000) / 1000).toFixed(3)), `${said} is at ${at}`);
  }));

test('another change is chosen by keyboard, and world B is shared and kept', () =>
  visit(browser, url, { colorScheme: 'light', locale: 'zh-CN' }, async function keyboard(page) {
    await page.keyboard.press('/');
    await page.fill('#palette-input', '如果');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#what-if-dialog');
    const crash = page.locator('#what-if-dialog button', { hasText: '让 broker 1 崩溃' }).first();
    await crash.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('#twin-panel');
    assert.match(await page.locator('#twin-change').innerText(), /让 broker 1 崩溃了/);
    await shot(page, 'twin-zh-light');
    await assertAccessible(page);

    await page.click('#share-B');
    const b = await page.locator('#share-link').inputValue();
    await page.keyboard.press('Escape');
    await page.click('#share-A');
    assert.notEqual(await page.locator('#share-link').inputValue(), b);
    await page.keyboard.press('Escape');
    await page.click('#keep-B');
    await page.waitForSelector('#twin-panel', { state: 'detached' });
    assert.equal(await page.locator('#branches button').count(), 2);
  }));

test('on a phone one world is shown, and a touch shows the other', () =>
  visit(browser, url, { viewport: { width: 390, height: 844 }, hasTouch: true }, async function phone(page) {
    await page.click('#what-if');
    await page.click('#what-if-dialog #pair-acks');
    await page.waitForSelector('#twin-panel');
    const shown = async () => [await page.isVisible('#stage-a'), await page.isVisible('#stage-b')];
    assert.deepEqual(await shown(), [false, true]);
    await page.click('#look-A');
    await page.waitForSelector('#stage-a', { state: 'visible' });
    assert.deepEqual(await shown(), [true, false]);
    await shot(page, 'twin-phone');
  }));
