// Where people type: text, commands that begin with a slash, and files.

import { h, icon, iconButton, refill } from "./dom.js";
import { openMenu } from "./popup.js";
import { ask, show, ui, upload, world } from "./store.js";

/** A box to write in, for a channel or for a thread. */
export class Composer {
  constructor({ id, thread = null }) {
    this.thread = thread;
    this.files = [];
    this.past = -1;
    this.at = 0;
    this.text = h("textarea", {
      id,
      rows: "1",
      class: "composer-text",
      "data-fid": id,
      autocomplete: "off",
      spellcheck: "true",
      role: thread ? undefined : "combobox",
      "aria-expanded": thread ? undefined : "false",
      "aria-controls": thread ? undefined : "commands",
      "aria-autocomplete": thread ? undefined : "list",
    });
    this.chosen = h("ul", { class: "files composer-files", "aria-label": "Files to send" });
    this.picker = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      onchange: () => {
        this.attach([...this.picker.files]);
        this.picker.value = "";
      },
    });
    this.send_button = h(
      "button",
      { type: "button", class: "button primary send", "aria-label": "Send", onclick: () => this.send() },
      icon("send", 16),
      h("span", {}, "Send"),
    );
    this.plus = iconButton("plus", "Files and shortcuts", () => this.menu(), {
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-fid": `${id}-plus`,
    });
    this.note = h("div", { class: "composer-note meta" });
    this.commands = h("div", {
      id: "commands",
      class: "commands popup",
      role: "listbox",
      "aria-label": "Commands",
      hidden: true,
    });
    this.box = h(
      "div",
      { class: "composer-box" },
      this.chosen,
      this.text,
      h("div", { class: "composer-foot" }, this.plus, this.picker, this.note, this.send_button),
    );
    this.toasts = h("div", { class: "toasts" });
    this.node = h("div", { class: "composer" }, this.commands, this.box, this.toasts);
    this.listen();
  }

  listen() {
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.text.addEventListener("blur", () =>
      setTimeout(() => {
        this.commands.hidden = true;
      }, 150),
    );
    this.text.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.attach(files);
    });
    this.node.addEventListener("dragover", (event) => event.preventDefault());
    this.node.addEventListener("drop", (event) => {
      event.preventDefault();
      this.attach([...event.dataTransfer.files]);
    });
  }

  typed() {
    this.past = -1;
    if (!this.thread) ui.drafts.set(`${ui.as}/${ui.channel}`, this.text.value);
    this.grow();
    this.suggest();
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 220)}px`;
    this.send_button.disabled = !this.text.value.trim() && !this.files.length;
  }

  /** Put a line into the box, ready to be sent. */
  fill(line) {
    this.text.value = line;
    this.typed();
    this.text.focus();
    this.text.setSelectionRange(line.length, line.length);
  }

  matches() {
    if (this.thread || !/^\/\S*$/.test(this.text.value)) return [];
    const mine = world.app.installed && world.me.role !== "outsider";
    return (mine ? world.app.commands : []).filter((one) => one.command.startsWith(this.text.value));
  }

  suggest() {
    const found = this.matches();
    this.at = Math.min(this.at, Math.max(0, found.length - 1));
    this.commands.hidden = found.length === 0;
    this.text.setAttribute("aria-expanded", String(found.length > 0));
    refill(
      this.commands,
      found.length > 0 && h("div", { class: "menu-title" }, `Commands of ${world.app.name}`),
      found.map((one, index) =>
        h(
          "div",
          {
            role: "option",
            id: `command-${index}`,
            class: `option ${index === this.at ? "active" : ""}`,
            "aria-selected": String(index === this.at),
            onpointerdown: (event) => {
              event.preventDefault();
              this.complete(one);
            },
          },
          h(
            "span",
            { class: "menu-words" },
            h("span", {}, h("strong", {}, one.command), " ", h("span", { class: "usage" }, one.usage_hint ?? "")),
            h("small", {}, one.description),
          ),
        ),
      ),
    );
    if (found.length) this.text.setAttribute("aria-activedescendant", `command-${this.at}`);
    else this.text.removeAttribute("aria-activedescendant");
    const command = (world?.app?.commands ?? []).find((one) => this.text.value.startsWith(`${one.command} `));
    refill(
      this.note,
      command?.usage_hint && !this.thread
        ? h("span", { class: "usage" }, `${command.command} ${command.usage_hint}`)
        : h("span", { class: "keys" }, "Enter sends · Shift+Enter new line"),
    );
  }

  complete(one) {
    this.fill(`${one.command} `);
  }

  key(event) {
    if (event.isComposing) return;
    const found = this.commands.hidden ? [] : this.matches();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (found.length && step) {
      event.preventDefault();
      this.at = (this.at + step + found.length) % found.length;
      return this.suggest();
    }
    if (
      found.length &&
      (event.key === "Tab" || (event.key === "Enter" && found[this.at].command !== this.text.value))
    ) {
      event.preventDefault();
      return this.complete(found[this.at]);
    }
    if (event.key === "Escape" && found.length) {
      event.stopPropagation();
      this.commands.hidden = true;
      return undefined;
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      return this.send();
    }
    const empty = this.text.value === "" || this.past >= 0;
    if (step && empty && ui.lines.length && !event.altKey && !event.ctrlKey && !event.metaKey) {
      const next = this.past - step;
      if (next < -1 || next >= ui.lines.length) return undefined;
      event.preventDefault();
      this.past = next;
      this.text.value = next < 0 ? "" : ui.lines[next];
      this.grow();
      this.text.setSelectionRange(this.text.value.length, this.text.value.length);
    }
    return undefined;
  }

  async attach(files) {
    for (const file of files) {
      const one = { name: file.name, part: 0 };
      this.files.push(one);
      this.drawFiles();
      const answer = await upload(file, (part) => {
        one.part = part;
        this.drawFiles();
      });
      if (answer.ok) one.file = answer.file;
      else one.error = answer.error;
      this.drawFiles();
    }
  }

  drawFiles() {
    refill(
      this.chosen,
      this.files.map((one) =>
        h(
          "li",
          { class: "file-row" },
          one.file?.mimetype?.startsWith("image/")
            ? h("img", { class: "thumb", src: one.file.url, alt: "" })
            : h("span", { class: "thumb" }, icon("file", 20)),
          h(
            "span",
            { class: "menu-words" },
            h("span", {}, one.name),
            one.error
              ? h("small", { class: "field-error" }, one.error)
              : !one.file && h("progress", { max: "1", value: one.part }),
          ),
          h(
            "button",
            {
              type: "button",
              class: "icon-button",
              "aria-label": `Remove ${one.name}`,
              onclick: () => {
                this.files = this.files.filter((other) => other !== one);
                this.drawFiles();
              },
            },
            "✕",
          ),
        ),
      ),
    );
    this.grow();
  }

  menu() {
    const shortcuts = (world.app.installed ? (world.app.shortcuts ?? []) : []).filter((one) => one.type === "global");
    openMenu(this.plus, "Files and shortcuts", [
      { label: "Upload a file", before: icon("clip", 16), pick: () => this.picker.click() },
      ...(shortcuts.length
        ? [
            "Shortcuts",
            ...shortcuts.map((one) => ({
              label: one.name,
              description: world.app.name,
              before: icon("bolt", 16),
              pick: () => ask("shortcut", { callback_id: one.callback_id, channel: ui.channel }),
            })),
          ]
        : []),
    ]);
  }

  async send() {
    const line = this.text.value.trim();
    const files = this.files.filter((one) => one.file).map((one) => one.file.id);
    if ((!line && !files.length) || this.files.some((one) => !one.file && !one.error)) return;
    const typed = this.text.value;
    this.fill("");
    if (!this.thread) ui.lines = [typed, ...ui.lines.filter((one) => one !== typed)].slice(0, 50);
    const [, command, rest = ""] = /^(\/[a-z][\w-]*)(?:\s+([\s\S]*))?$/.exec(line) ?? [];
    if (command && !this.thread) {
      const answer = await ask("command", { channel: ui.channel, command, text: rest });
      if (!answer.ok) this.fault = { channel: ui.channel, text: `${command} failed: ${answer.error}` };
    } else {
      this.files = [];
      this.drawFiles();
      const answer = await ask("message", {
        channel: this.thread?.channel ?? ui.channel,
        text: line,
        thread_ts: this.thread?.ts,
        files,
      });
      if (!answer.ok) this.fault = { channel: ui.channel, text: `Not sent: ${answer.error}` };
    }
    show({});
  }

  update(channel) {
    const key = `${ui.as}/${ui.channel}`;
    if (!this.thread && this.channel !== key) {
      this.channel = key;
      this.text.value = ui.drafts.get(key) ?? "";
      requestAnimationFrame(() => this.grow());
    }
    const name =
      channel.kind === "im"
        ? channel.with === world.app.bot_user_id
          ? world.app.name
          : channel.name
        : `#${channel.name}`;
    const words = this.thread ? "Reply…" : innerWidth < 600 ? `Message ${name}` : `Message ${name}, or / for commands`;
    this.text.placeholder = words;
    this.text.setAttribute("aria-label", this.thread ? "Reply in thread" : `Message ${name}`);
    this.text.disabled = channel.archived;
    if (channel.archived) this.text.placeholder = `${name} is archived. Nobody can write here.`;
    if (!this.note.firstChild) this.suggest();
    if (!this.thread) this.drawToasts();
  }

  drawToasts() {
    const mine = this.fault?.text && this.fault.channel === ui.channel ? [{ id: null, text: this.fault.text }] : [];
    const theirs = (world.toasts ?? []).filter((one) => !one.channel || one.channel === ui.channel);
    const all = theirs.length ? theirs : mine;
    const sig = JSON.stringify(all);
    if (sig === this.toasted) return;
    this.toasted = sig;
    const away = (one) => {
      this.fault = null;
      if (one.id !== null) ask("dismiss", { id: one.id });
      show({});
    };
    refill(
      this.toasts,
      all.map((one) =>
        h(
          "div",
          { class: "toast", role: "alert" },
          icon("warn", 16),
          h("span", {}, one.text),
          h("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", onclick: () => away(one) }, "✕"),
        ),
      ),
    );
  }
}
