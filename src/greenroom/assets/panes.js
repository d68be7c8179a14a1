// Comparisons: the frameworks of a lesson side by side, or one of them. Where there is no room for panes, on phones and
// in the scroll view, they become tabs. The key T shows only one framework for the rest of the talk, on every slide
// that has it; paper shows all, since it has no key to bring the others back.
//
// Two things are remembered, for all pages that the browser shows from here: what the speaker chose for the talk, and
// the tab that a reader opened, which must not take a framework from the speaker's next talk.

const CHOICE = "greenroom.framework";
const TAB = "greenroom.tab";

const remembered = (key) => {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
};

const remember = (key, framework) => {
  try {
    localStorage.setItem(key, framework);
  } catch {
    // A browser that keeps nothing forgets this with the page.
  }
};

const listingsOf = (panes) => [...panes.querySelectorAll(":scope > .listing")];

const nameOf = (listing) => listing.querySelector(":scope > .framework").textContent;

/** Gives the panes their tabs, one a listing. */
const makeTabs = (panes, id) => {
  const list = document.createElement("div");
  list.className = "tabs";
  list.role = "tablist";
  list.ariaLabel = "Framework";
  for (const listing of listingsOf(panes)) {
    const { framework } = listing.dataset;
    const tab = Object.assign(document.createElement("button"), { type: "button", textContent: nameOf(listing) });
    tab.className = "framework";
    tab.role = "tab";
    tab.id = `${id}-${framework}`;
    tab.dataset.framework = framework;
    tab.setAttribute("aria-controls", (listing.id = `${tab.id}-pane`));
    listing.role = "tabpanel";
    listing.setAttribute("aria-labelledby", tab.id);
    list.append(tab);
  }
  panes.prepend(list);
  panes.classList.add("tabbed");
};

const removeTabs = (panes) => {
  panes.querySelector(":scope > .tabs").remove();
  panes.classList.remove("tabbed");
  for (const listing of listingsOf(panes)) {
    for (const name of ["id", "role", "aria-labelledby"]) listing.removeAttribute(name);
  }
};

/** Shows of the panes only the framework, or all if it is none of theirs; of tabs always one. Says if that is new. */
const show = (panes, framework, tabbed) => {
  const listings = listingsOf(panes);
  const before = listings.map((listing) => listing.hidden);
  const one = listings.find((listing) => listing.dataset.framework === framework) ?? (tabbed ? listings[0] : null);
  for (const listing of listings) listing.hidden = one !== null && listing !== one;
  panes.classList.toggle("one", one !== null);
  for (const tab of panes.querySelectorAll(":scope > .tabs > *")) {
    const selected = tab.dataset.framework === one.dataset.framework;
    tab.ariaSelected = selected;
    tab.tabIndex = selected ? 0 : -1;
  }
  return listings.some((listing, i) => listing.hidden !== before[i]);
};

export const Panes = () => {
  const narrow = matchMedia("(max-width: 700px)");
  const status = Object.assign(document.createElement("p"), { className: "choice", role: "status" });
  let deck;
  let choice = remembered(CHOICE);
  let tab = remembered(TAB);
  let tabbed = false;
  let made = 0; // how many have got tabs
  let begun = false;

  const all = (root = deck.getSlidesElement()) => [...root.querySelectorAll(".panes")];

  /** Of the talk's comparisons: their names, in the order in which they are shown. */
  const frameworks = () =>
    new Map(all().flatMap(listingsOf).map((listing) => [listing.dataset.framework, nameOf(listing)]));

  const arrange = (root) => {
    const changed = [];
    for (const panes of all(root)) {
      const turned = tabbed !== panes.matches(".tabbed");
      if (turned && tabbed) makeTabs(panes, `panes-${(made += 1)}`);
      if (turned && !tabbed) removeTabs(panes);
      if (show(panes, choice || (tabbed ? tab : ""), tabbed) || turned) changed.push(panes);
    }
    deck.getPlugin("fit").again(changed.map((panes) => panes.closest("section")));
  };

  /** Shows only this framework for the rest of the talk, or all again if the talk compares none of that name. */
  const choose = (framework) => {
    choice = frameworks().has(framework) ? framework : "";
    remember(CHOICE, choice);
    arrange();
  };

  const open = (framework) => {
    tab = framework;
    remember(TAB, tab);
    if (choice) remember(CHOICE, (choice = tab));
    arrange();
  };

  let hide;
  const tell = () => {
    status.textContent = choice ? `Only ${frameworks().get(choice)}` : "All frameworks";
    status.classList.add("shown");
    clearTimeout(hide);
    hide = setTimeout(() => status.classList.remove("shown"), 2500);
  };

  const next = () => {
    const names = ["", ...frameworks().keys()];
    choose(names[(names.indexOf(choice) + 1) % names.length]);
    tell();
  };

  const onKey = (event) => {
    const tabs = event.target.closest?.(".panes > .tabs");
    if (!tabs || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...tabs.children];
    const forward = getComputedStyle(tabs).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const at = all.indexOf(event.target);
    const to = { Home: 0, End: all.length - 1, ArrowLeft: at - 1, ArrowRight: at - 1, [forward]: at + 1 }[event.key];
    if (to !== undefined) {
      const there = all[(to + all.length) % all.length];
      open(there.dataset.framework);
      there.focus();
      event.preventDefault();
    }
    // None of the keys that a tab could mean turns the slide.
    if (/^(Arrow|Home$|End$|Enter$| $)/.test(event.key)) event.stopPropagation();
  };

  /** Begins with the first comparison that there is. */
  const begin = () => {
    begun = true;
    if (!frameworks().has(choice)) choice = "";
    const root = deck.getRevealElement();
    root.append(status);
    root.addEventListener("keydown", onKey);
    root.addEventListener("click", ({ target }) => {
      const { framework } = target.closest(".panes > .tabs > [role='tab']")?.dataset ?? {};
      if (framework) open(framework);
    });
    deck.addKeyBinding({ keyCode: 84, key: "T", description: "Show one framework only" }, next);
    addEventListener("storage", ({ key, newValue }) => {
      if (key !== CHOICE || newValue === choice) return;
      choice = frameworks().has(newValue) ? newValue : "";
      arrange();
    });

    const update = () => {
      const now = narrow.matches || deck.isScrollView();
      if (now === tabbed) return;
      tabbed = now;
      arrange();
    };
    narrow.addEventListener("change", update);
    // reveal.js tells nobody when its scroll view begins and ends, and puts the slides' old text back then.
    const viewport = deck.getViewportElement();
    new MutationObserver(update).observe(viewport, { attributeFilter: ["class"] });
    deck.on("sync", () => arrange());
    update();
    if (choice) arrange();
  };

  return {
    id: "panes",
    choose,
    init(reveal) {
      deck = reveal;
      if (deck.getConfig().view === "print") return;
      if (all().length) begin();
      deck.on("ready", () => choice && begun && !tabbed && tell());
      deck.on("slidesync", ({ slide }) => {
        if (!all(slide).length) return;
        if (begun) arrange(slide);
        else begin();
      });
    },
  };
};
