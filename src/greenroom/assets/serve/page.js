// A page of the site that was built anew loads itself again, and stays where it was scrolled to.
import { on } from "./connection.js";

const PLACE = "greenroom.place";

/** The path of a page's file in the site. */
const own = () => decodeURI(location.pathname).slice(1).replace(/(^|\/)$/, "$1index.html");

export const page = () => {
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  sessionStorage.removeItem(PLACE);
  if (kept?.path === own()) scrollTo({ top: kept.top, behavior: "instant" });

  on("pages", ({ paths }) => {
    if (!paths.includes("*") && !paths.includes(own())) return;
    sessionStorage.setItem(PLACE, JSON.stringify({ path: own(), top: scrollY }));
    location.reload();
  });
};
