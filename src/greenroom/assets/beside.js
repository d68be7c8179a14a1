const here = document.currentScript.src;

/** The address of a file that lies beside the script; of a deck that is one file, the page has them all. */
export const beside = (name) => window.greenroomFile?.(name) ?? new URL(name, here).href;
