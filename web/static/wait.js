/** After a second of silence: what is being waited for, and for how long. Also a lost connection. */

import { announce, button, h } from "./dom.js";

const QUIET_MS = 1000;

export class Wait {
  /** @param {() => string} reason  what is being waited for, as the end of a sentence */
  constructor(reason) {
    this.reason = reason;
    this.element = h("p.wait", { hidden: true });
    this.since = performance.now();
    this.told = "";
    this.isLost = false;
    this.isResting = false;
    this.timer = setInterval(() => this.tick(), 250);
  }

  /** Something came. */
  reset() {
    this.since = performance.now();
    if (!this.isLost) this.element.hidden = true;
  }

  /** Nothing is expected before a person decides: the time is not counted. @param {boolean} on */
  rest(on) {
    this.isResting = on;
  }

  tick() {
    const quiet = performance.now() - this.since;
    if (this.isLost || this.isResting || quiet < QUIET_MS) return;
    const seconds = Math.floor(quiet / 1000);
    this.element.textContent = `Waiting for ${this.reason()}${seconds >= 3 ? `. ${seconds} s so far.` : "."}`;
    this.element.hidden = false;
    if (this.told !== this.reason()) announce(`Waiting for ${this.reason()}.`);
    this.told = this.reason();
  }

  /** @param {number} seconds until the next try @param {() => void} retryNow */
  lost(seconds, retryNow) {
    if (!this.isLost) announce("The connection is lost. Your question goes on; trying to reconnect.");
    this.isLost = true;
    this.element.hidden = false;
    this.element.replaceChildren(
      `The connection is lost. Your question goes on; nothing is missed. Next try in ${seconds} s.`,
      button("Try now", retryNow),
    );
  }

  back() {
    this.isLost = false;
    announce("Connected again.");
    this.reset();
  }

  stop() {
    clearInterval(this.timer);
    this.element.remove();
  }
}
