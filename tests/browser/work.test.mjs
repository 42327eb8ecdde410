// What a frame may cost, in counts that are the same on every machine: boxes, strings, messages, components.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, url, visit } from './page.mjs';

/** Frames that are watched. */
const FRAMES = 60;
/** The first screen has about 130 boxes, of which a few change in a frame. */
const BOXES = 300;
const STRINGS = 400;
/** Above this many, messages are drawn as flows. */
const DOTS = 2000;
/** Components look again at most every 100 ms; then those that show time, and nobody else, draw themselves. */
const COMPONENTS = 60;

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** The work of the next frames, with the components that were drawn since the frame before. */
const watched = (page) => page.evaluate((count) => new Promise((done) => {
  const seen = [];
  let before;
  const look = () => {
    const work = JSON.parse(kafkascope.work());
    if (before !== undefined) seen.push({ ...work, components: work.rendered - before });
    before = work.rendered;
    if (seen.length < count) requestAnimationFrame(look);
    else done(seen);
  };
  requestAnimationFrame(look);
}), FRAMES);

test('a frame of the first screen redraws few boxes, strings and components', () =>
  visit(browser, url, {}, async function work(page) {
    const frames = await watched(page);
    for (const [what, most] of [['tiles', BOXES], ['strings', STRINGS], ['dots', DOTS], ['components', COMPONENTS]]) {
      const found = Math.max(...frames.map((frame) => frame[what]));
      assert.ok(found <= most, `${found} ${what} in a frame, of which there may be ${most}`);
    }
    assert.ok(frames.some((frame) => frame.components > 0), 'time is shown');
    assert.ok(frames.some((frame) => frame.components === 0) || frames.length < FRAMES, 'not by every frame');
  }));

test('nothing is drawn while nothing moves', () =>
  visit(browser, url, {}, async function still(page) {
    await page.keyboard.press('Space');
    await page.locator('.transport .play[aria-label=Play]').waitFor();
    await page.waitForFunction(() => JSON.parse(kafkascope.work()).tiles === 0);
    const frames = await watched(page);
    assert.equal(Math.max(...frames.map((frame) => frame.components)), 0);
    assert.equal(Math.max(...frames.map((frame) => frame.tiles)), 0);
  }));
