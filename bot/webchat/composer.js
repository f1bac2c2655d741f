// Where a person types: text, files, and the list of commands.

import { icon, make } from "./dom.js";
import { say, size } from "./words.js";

const COMMANDS = ["menu", "baocao", "lich", "tiendo", "trogiup", "huy"];
const TALLEST = 132; // pixels: about five lines

export class Composer {
  /** `send({text, files})` is called with what was written; `complain(sentence)` when it cannot go. */
  constructor(form, limits, send, complain) {
    Object.assign(this, { form, limits, send, complain, files: [] });
    this.text = form.querySelector("textarea");
    this.chips = form.querySelector(".chips");
    this.picker = form.querySelector("input[type=file]");
    this.menu = form.querySelector(".menu");
    this.opener = form.querySelector(".open-menu");
    this.button = form.querySelector(".send");
    this.listen();
    this.fillMenu();
    this.expect("choice");
    this.changed();
  }

  listen() {
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => {
      // While a Vietnamese input method is still composing, Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length) (event.preventDefault(), this.add(event.clipboardData.files));
    });
    this.form.querySelector(".attach").addEventListener("click", () => this.picker.click());
    this.picker.addEventListener("change", () => (this.add(this.picker.files), (this.picker.value = "")));
    this.opener.addEventListener("click", () => this.toggle(this.menu.hidden));
    this.form.addEventListener("keydown", (event) => this.steer(event));
    document.addEventListener("pointerdown", (event) => {
      if (!this.menu.contains(event.target) && !this.opener.contains(event.target)) this.toggle(false);
    });
  }

  /** What the bot awaits shows as a hint. */
  expect(kind) {
    this.kind = kind;
    const key = this.files.length ? "caption_hint" : `write_${kind}`;
    this.text.placeholder = say(key) || say("write_choice");
  }

  put(text) {
    this.text.value = text;
    this.changed();
    this.text.focus();
  }

  add(list) {
    const files = [...this.files, ...list];
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (files.length > this.limits.files) return this.complain(say("error_count", { limit: this.limits.files }));
    if (bytes > this.limits.megabytes * 1024 * 1024) return this.complain(say("error_size", { limit: this.limits.megabytes }));
    this.files = files;
    this.drawChips();
    this.text.focus();
  }

  drawChips() {
    this.chips.replaceChildren(...this.files.map((file) => this.chip(file)));
    this.chips.hidden = !this.files.length;
    this.expect(this.kind);
    this.changed();
  }

  chip(file) {
    const name = say("remove_file", { name: file.name });
    const remove = make("button", { type: "button", class: "icon", "aria-label": name, title: name }, icon("close"));
    remove.addEventListener("click", () => {
      this.files = this.files.filter((one) => one !== file);
      this.drawChips();
      this.text.focus();
    });
    return make("li", {}, icon("file"), make("span", {}, file.name, make("small", {}, size(file.size))), remove);
  }

  submit() {
    const text = this.text.value.trim();
    if (!text && !this.files.length) return this.text.focus();
    if (text.length > this.limits.characters) {
      return this.complain(say("error_length", { limit: this.limits.characters.toLocaleString("vi-VN") }));
    }
    const files = this.files;
    this.files = [];
    this.text.value = "";
    this.drawChips();
    this.send({ text, files });
    return this.text.focus();
  }

  changed() {
    this.button.disabled = !this.text.value.trim() && !this.files.length;
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, TALLEST)}px`;
  }

  fillMenu() {
    for (const command of COMMANDS) {
      const item = make("button", { type: "button", role: "menuitem", tabindex: "-1" },
        make("span", {}, say(`command_${command}`)), make("code", {}, `/${command}`));
      item.addEventListener("click", () => {
        this.toggle(false);
        this.send({ text: `/${command}`, files: [] });
        this.text.focus();
      });
      this.menu.append(item);
    }
  }

  toggle(open) {
    if (this.menu.hidden !== open) return;
    this.menu.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    if (open) this.menu.firstElementChild.focus();
  }

  steer(event) {
    if (this.menu.hidden) return;
    const items = [...this.menu.children];
    const here = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") (this.toggle(false), this.opener.focus());
    else if (step) (event.preventDefault(), items[(here + step + items.length) % items.length].focus());
  }
}
