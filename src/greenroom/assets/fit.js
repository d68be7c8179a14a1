// Gives each slide its layout when it is first laid out and before it is painted: listings get the largest legible
// size at which the slide fits; what still does not fit scrolls, and can be scrolled with the keyboard.

const SMALLEST = 1 / 36; // of the slide's height: 20 px of 720
const LARGEST = 1 / 26;
const ADVANCE = 0.62; // of a monospaced character, in em, with a little to spare

const columns = (code) => Math.max(...code.textContent.split("\n").map((line) => line.length));

/** Slides that show a listing, a list or a table start at the top, where their headings stay put; others are centred. */
const place = (slide) => {
  const starts = slide.querySelector(":scope > :is(h1, h2, h3, h4, h5, h6):first-child");
  const long = slide.querySelector("pre, ul, ol, dl, table");
  slide.classList.toggle("center", !(starts && long));
};

const fit = (slide, height) => {
  const codes = [...slide.querySelectorAll("pre > code")].filter((code) => !code.closest("[style*='font-size'], .r-stretch, .stretch"));
  if (!codes.length) return;
  const smallest = height * SMALLEST;
  const sizes = codes.map((code) => {
    const wide = code.clientWidth - parseFloat(getComputedStyle(code).paddingLeft) * 2;
    const gutter = code.dataset.lineNumbers === undefined ? 0 : 4;
    return Math.max(smallest, Math.min(height * LARGEST, wide / ((columns(code) + gutter) * ADVANCE)));
  });
  const size = Math.min(...sizes);
  const set = (pixels) => codes.forEach((code) => (code.style.fontSize = `${Math.floor(pixels * 10) / 10}px`));
  set(size);
  const over = slide.scrollHeight - height;
  if (over > 0) {
    // Panes stand side by side: only one of their listings adds to the height.
    const stacked = codes.filter((code) => !code.closest(".panes > * ~ *"));
    const tall = stacked.reduce((sum, code) => sum + code.offsetHeight, 0);
    set(Math.max(smallest, (size * (tall - over)) / tall));
    const still = slide.scrollHeight - height;
    if (still > 0) {
      const tallest = Math.max(...codes.map((code) => code.offsetHeight));
      for (const code of codes) if (code.offsetHeight === tallest) code.style.maxHeight = `${Math.max(tallest - still, tallest / 3)}px`;
    }
  }
  for (const code of codes) {
    if (code.scrollHeight > code.clientHeight + 1 || code.scrollWidth > code.clientWidth + 1) code.tabIndex = 0;
  }
};

export const Fit = () => ({
  id: "fit",
  init(deck) {
    const slides = [...deck.getSlidesElement().querySelectorAll("section:not(:has(> section))")];
    const { center, height } = deck.getConfig();
    if (!center) slides.forEach(place);
    const seen = new ResizeObserver((entries) => {
      let changed = false;
      for (const { target, contentRect } of entries) {
        if (!contentRect.width) continue;
        seen.unobserve(target);
        fit(target, height);
        changed = true;
      }
      if (changed) deck.layout();
    });
    slides.forEach((slide) => seen.observe(slide));
  },
});
