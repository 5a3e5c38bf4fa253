// What stands in the editor, kept for this tab while it is open: a reload loses nothing.

const KEY = "cgkg-workbench-draft";

/** Keep the query, how it is asked, and whether it is the one that was answered. */
export function keep(draft) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing has the address still.
  }
}

/** What was kept, or undefined. */
export function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Whether the reader has been on this very page before: it was reloaded, or come back to. */
export function returned() {
  return ["reload", "back_forward"].includes(performance.getEntriesByType("navigation")[0]?.type);
}
