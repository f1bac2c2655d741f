// The page: phones side by side, a clock to turn, and what the bot tells as it happens.

import { make } from "./dom.js";
import { Phone } from "./phone.js";
import { Refused, get, listen, post } from "./server.js";
import { all, fill, moment, prepare, say } from "./words.js";

const DAYS = [22, 23, 24, 25, 26]; // around the deadline
const QUIET_BREAK = 700; // ms: a break shorter than this is nobody's concern
const AGAIN = 2000;

const $ = (selector) => document.querySelector(selector);
const phones = new Map();
let now = "";
let page;

async function open() {
  let state;
  try {
    state = await get("/webchat/state");
  } catch {
    setTimeout(open, AGAIN);
    return;
  }
  prepare(state.words, state.timezone);
  page = { limits: state.limits, photos: state.photos, unread: count, now: () => now };
  fill(document);
  showClock(state.now);
  arrange(state.phones);
  for (const messages of Object.values(state.messages)) {
    for (const message of messages) phones.get(message.address)?.show(message, { quiet: true });
  }
  prepareTop();
  choose(state.phones[0]?.address);
  document.body.classList.remove("opening");
  for (const phone of phones.values()) phone.toEnd();
  follow(state.change);
  await join(location);
}

function follow(change) {
  let lost;
  listen(change, {
    hello: ({ change: known }, last) => known < last && location.reload(), // the bot began anew
    bubble: (message) => phones.get(message.address)?.show(message),
    clock: (told) => showClock(told.now),
    phones: arrange,
    typing: ({ address }) => phones.get(address)?.typing(),
    notice: ({ address, text }) => phones.get(address)?.notice(text),
  }, (well) => {
    clearTimeout(lost);
    if (well) connection("");
    else lost = setTimeout(() => connection(say("reconnecting")), QUIET_BREAK);
  });
}

function connection(sentence) {
  $(".connection").textContent = sentence;
  $(".connection").hidden = !sentence;
}

// The clock

function showClock(iso) {
  now = iso;
  const { day, time } = moment(iso);
  $(".clock-day").textContent = day;
  $(".clock-time").textContent = time;
  for (const one of document.querySelectorAll(".strip-time")) one.textContent = time;
}

function prepareTop() {
  for (const day of DAYS) {
    const label = say("clock_to_day_label", { day });
    $(".days").append(make("button", { type: "button", "data-turn": JSON.stringify({ day }), "aria-label": label, title: label }, String(day)));
  }
  for (const button of document.querySelectorAll("[data-turn]")) button.addEventListener("click", () => turn(button));
  $(".add-phone").addEventListener("click", () => addPhone());
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest?.("a[href]");
    if (anchor && invitation(anchor)) (event.preventDefault(), join(anchor));
  });
}

async function turn(button) {
  const top = $(".turning");
  if (top.getAttribute("aria-busy") === "true") return;
  top.setAttribute("aria-busy", "true");
  button.classList.add("pressed");
  try {
    showClock((await post("/webchat/clock", JSON.parse(button.dataset.turn), all())).now);
  } catch (error) {
    complain(error);
  }
  button.classList.remove("pressed");
  top.removeAttribute("aria-busy");
}

// The phones

function arrange(people) {
  for (const person of people) {
    const phone = phones.get(person.address);
    if (phone) phone.describe(person);
    else addElement(person);
    const tab = document.getElementById(`tab-${person.address}`);
    tab.querySelector("b").textContent = person.name;
    tab.querySelector("small").textContent = person.role;
  }
  if (now) showClock(now);
}

function addElement(person) {
  const phone = new Phone(person, page);
  phone.element.querySelector(".avatar").classList.add(`colour-${phones.size % 6}`);
  phones.set(person.address, phone);
  $(".phones").append(phone.element);
  const tab = make("button", {
    type: "button", role: "tab", class: "tab", id: `tab-${person.address}`,
    "aria-controls": phone.element.id, "aria-selected": "false", tabindex: "-1",
  }, make("b"), make("small"), make("span", { class: "count", hidden: true }));
  tab.addEventListener("click", () => choose(person.address));
  tab.addEventListener("keydown", (event) => {
    const next = { ArrowRight: tab.nextElementSibling, ArrowLeft: tab.previousElementSibling }[event.key];
    if (next) (next.focus(), next.click());
  });
  $(".tabs").append(tab);
}

/** On a narrow window only the chosen phone shows. */
function choose(address) {
  for (const [one, phone] of phones) {
    const tab = document.getElementById(`tab-${one}`);
    const chosen = one === address;
    phone.element.classList.toggle("chosen", chosen);
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (!chosen) continue;
    count(phone, 0);
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (phone.atEnd) phone.toEnd();
  }
}

function count(phone, unread) {
  const visible = phone.element.offsetParent !== null;
  phone.unread = visible ? 0 : unread ?? phone.unread + 1;
  const badge = document.getElementById(`tab-${phone.person.address}`).querySelector(".count");
  badge.textContent = String(phone.unread);
  badge.setAttribute("aria-label", say("unread_label", { count: phone.unread }));
  badge.hidden = !phone.unread;
}

async function addPhone(text = "") {
  try {
    const added = await post("/webchat/phones", {}, all());
    arrange(added.phones);
    choose(added.address);
    const phone = phones.get(added.address);
    phone.element.scrollIntoView({ behavior: "smooth", inline: "end", block: "nearest" });
    if (text) phone.composer.put(text);
  } catch (error) {
    complain(error);
  }
}

// An invitation's link opens a phone of its own, with the code ready to be sent.

function invitation(address) {
  const url = new URL(address.href);
  const here = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname) && url.port === location.port;
  return here && url.pathname === "/" ? url.searchParams.get("ma") : null;
}

async function join(address) {
  const code = invitation(address);
  if (!code) return;
  if (address === location) history.replaceState(null, "", "/");
  await addPhone(`/start ${code}`);
}

function complain(error) {
  const sentence = error instanceof Refused ? error.message : say("error_bot");
  const phone = [...phones.values()].find((one) => one.element.offsetParent !== null);
  phone?.toast(sentence, true);
}

open();
