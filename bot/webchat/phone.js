// One phone: whose it is, the talk, and what is being sent.

import { draw } from "./bubble.js";
import { Composer } from "./composer.js";
import { make } from "./dom.js";
import { Refused, nonce, post } from "./server.js";
import { all, fill, initials, moment, say } from "./words.js";

const NEAR = 80; // pixels from the end that still count as reading the newest
const DOTS_AFTER = 250; // ms: a quick answer needs no dots
const DOTS_AT_MOST = 20000;
const PRESSED_AT_MOST = 6000;
const TOAST = 3500; // and longer for a sentence that asks for something
const WARNING = 8000;

export class Phone {
  /** `page`: limits, photos, `unread(phone)` when something came that is out of sight. */
  constructor(person, page) {
    this.page = page;
    this.element = document.getElementById("phone").content.cloneNode(true).firstElementChild;
    fill(this.element);
    this.log = this.element.querySelector(".log");
    this.newer = this.element.querySelector(".newer");
    this.lines = new Map(); // message id -> its line
    this.own = new Map(); // nonce -> the line of something being sent
    this.queue = Promise.resolve(); // one after the other: order is what the person meant
    this.unread = 0;
    this.atEnd = true;
    this.composer = new Composer(this.element.querySelector("form"), page.limits,
      (what) => this.send(what), (sentence) => this.toast(sentence, true));
    this.describe(person);
    this.listen();
  }

  describe(person) {
    this.person = person;
    const [name, rest] = this.element.querySelectorAll(".who h2, .who p");
    name.textContent = person.name;
    rest.textContent = [person.role, person.unit].filter(Boolean).join(" · ");
    rest.title = rest.textContent;
    const avatar = this.element.querySelector(".avatar");
    avatar.textContent = initials(person.name);
    this.element.id = `phone-${person.address}`;
    this.element.setAttribute("aria-label", `${person.name}, ${rest.textContent}`);
    this.log.setAttribute("aria-label", say("log_label", { name: person.name }));
  }

  listen() {
    const ended = () => this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
    this.log.addEventListener("scroll", () => {
      this.atEnd = ended();
      if (this.atEnd) this.newer.hidden = true;
    }, { passive: true });
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.log);
    this.log.addEventListener("load", () => this.atEnd && this.toEnd(), true);
    this.newer.addEventListener("click", () => this.toEnd("smooth"));
    this.element.querySelector(".start").addEventListener("click", () => this.send({ text: "/start", files: [] }));
    const drop = this.element.querySelector(".drop");
    this.element.addEventListener("dragover", (event) => (event.preventDefault(), (drop.hidden = false)));
    drop.addEventListener("dragleave", () => (drop.hidden = true));
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.hidden = true;
      if (event.dataTransfer.files.length) this.composer.add(event.dataTransfer.files);
    });
  }

  /** A bubble as the bot keeps it: new, changed, or one's own coming back. */
  show(message, { quiet = false } = {}) {
    const known = this.lines.get(message.id) ?? this.own.get(message.nonce);
    if (known && known.change >= message.change) return;
    if (message.gone) return this.takeAway(message, known);
    const line = known ?? this.place(message);
    const state = !message.mine ? "said" : line.sending ? "sent" : "stored";
    Object.assign(line, { message, change: message.change });
    this.lines.set(message.id, line);
    this.redraw(line, state);
    if (known && !message.mine && !quiet) this.flash(line.element);
    if (!message.mine) this.heard(message);
    if (!quiet) this.follow(message.mine);
    if (!quiet && !message.mine) this.page.unread(this);
  }

  /** A bubble that the bot has taken back. */
  takeAway(message, known) {
    known?.element.remove();
    this.lines.delete(message.id);
  }

  place(message) {
    const line = { element: make("article", { class: "line", tabindex: "-1" }), message, change: -1, sending: false };
    this.element.querySelector(".empty")?.remove();
    const { day } = moment(message.at);
    if (day !== this.day) this.log.append(make("p", { class: "day" }, make("span", {}, day)));
    this.day = day;
    this.log.append(line.element);
    if (this.dots) this.log.append(this.dots);
    return line;
  }

  redraw(line, state) {
    draw(line.element, line.message, {
      state,
      photos: this.page.photos,
      press: (button, data) => this.press(line, button, data),
      again: () => this.deliver(line),
    });
  }

  heard(message) {
    this.rest();
    this.free?.();
    if (message.id >= Math.max(...this.lines.keys())) this.composer.expect(message.expects);
  }

  flash(element) {
    element.classList.remove("changed");
    void element.offsetWidth; // lets the animation start again
    element.classList.add("changed");
  }

  follow(force) {
    if (force || this.atEnd) this.toEnd();
    else this.newer.hidden = false;
  }

  toEnd(behavior = "instant") {
    this.log.scrollTo({ top: this.log.scrollHeight, behavior });
    this.newer.hidden = true;
    this.atEnd = true;
  }

  send({ text, files }) {
    const shown = files.map((file) => ({ name: file.name, mime: "", size: file.size, url: "" }));
    const message = { mine: true, text, files: shown, rows: [], at: this.page.now() };
    const line = Object.assign(this.place(message), { text, files, nonce: nonce() });
    this.own.set(line.nonce, line);
    this.deliver(line);
    this.follow(true);
  }

  deliver(line) {
    line.sending = true;
    this.redraw(line, "sending");
    this.queue = this.queue.then(async () => {
      try {
        await this.hand(line);
        line.sending = false;
        this.redraw(line, "stored");
      } catch (error) {
        line.sending = false;
        this.redraw(line, "failed");
        this.complain(error);
      }
      if (this.atEnd) this.toEnd();
    });
  }

  hand(line) {
    const to = `/webchat/${encodeURIComponent(this.person.address)}`;
    if (!line.files.length) return post(`${to}/say`, { text: line.text, nonce: line.nonce }, all());
    const form = new FormData();
    form.set("nonce", line.nonce);
    form.set("caption", line.text);
    for (const file of line.files) form.append("file", file, file.name);
    return post(`${to}/files`, form, all());
  }

  press(line, button, data) {
    const buttons = [...line.element.querySelectorAll(".choices button")];
    const own = nonce();
    const free = () => {
      clearTimeout(patience);
      for (const one of buttons) (one.removeAttribute("aria-disabled"), one.classList.remove("pressed"));
      if (this.free === free) this.free = null;
    };
    if (button.getAttribute("aria-disabled")) return;
    const patience = setTimeout(free, PRESSED_AT_MOST);
    for (const one of buttons) one.setAttribute("aria-disabled", "true");
    button.classList.add("pressed");
    this.free = free;
    this.queue = this.queue.then(() =>
      post(`/webchat/${encodeURIComponent(this.person.address)}/press`, { message_id: line.message.id, data, nonce: own }, all())
        .catch((error) => (free(), this.complain(error))));
  }

  /** The little line that answers a press. */
  notice(text) {
    this.rest();
    this.free?.();
    if (text) this.toast(text);
  }

  complain(error) {
    this.rest();
    this.toast(error instanceof Refused ? error.message : say("error_bot"), true);
  }

  toast(text, bad = false) {
    const toast = this.element.querySelector(".toast");
    toast.textContent = text;
    toast.classList.toggle("bad", bad);
    toast.hidden = false;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => (toast.hidden = true), bad ? WARNING : TOAST);
  }

  /** The bot is at it: dots, unless the answer is quicker. */
  typing() {
    this.rest();
    this.waiting = setTimeout(() => {
      this.dots = make("div", { class: "line theirs typing", role: "img", "aria-label": say("bot_is_typing") },
        make("div", { class: "bubble" }, make("i"), make("i"), make("i")));
      this.log.append(this.dots);
      if (this.atEnd) this.toEnd();
      this.waiting = setTimeout(() => this.rest(), DOTS_AT_MOST);
    }, DOTS_AFTER);
  }

  rest() {
    clearTimeout(this.waiting);
    this.dots?.remove();
    this.dots = null;
  }
}
