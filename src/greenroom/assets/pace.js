// Times and the pace of a talk in words, for the speaker's window and for remotes.

const ON_TIME = 15; // seconds off the plan that nobody needs to know of

export const clock = (seconds) => {
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), (whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${Math.floor(minutes)}:${two(whole % 60)}`;
};

/** How far the talk is ahead of its plan or behind it: the time that is off, in words and for the style sheet. */
export const paceOf = ({ start, end }, seconds) => {
  const off = seconds < start ? start - seconds : Math.min(end - seconds, 0);
  if (Math.abs(off) <= ON_TIME) return ["on time", "on"];
  return off > 0 ? [`${clock(off)} ahead`, "ahead"] : [`${clock(-off)} behind`, "behind"];
};
