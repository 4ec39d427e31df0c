/** One line above the field for what stands in the way: signed out, no connection. */

import { byId, h } from "./dom.js";

/** @param {string} text @param {...Node} actions */
export function showBanner(text, ...actions) {
  byId("banner").replaceChildren(h("div.banner", {}, h("span", {}, text), ...actions));
}

export const clearBanner = () => byId("banner").replaceChildren();

/** Says so, wherever a call finds the sign-in ended or the network gone. */
export function watchSignInAndNetwork() {
  let signedOut = false;
  document.addEventListener("signed-out", () => {
    if (signedOut) return;
    signedOut = true;
    const next = encodeURIComponent(location.pathname + location.search);
    showBanner(
      "You are signed out. What you typed is kept in this tab.",
      h("a.btn.primary", { href: `/auth/login?next=${next}` }, "Sign in again"),
    );
  });
  addEventListener("offline", () => {
    if (!signedOut) showBanner("This computer has no network connection. What you typed is kept; you can go on when it is back.");
  });
  addEventListener("online", () => {
    if (!signedOut) clearBanner();
  });
}
