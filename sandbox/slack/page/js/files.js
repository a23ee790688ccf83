// Files: the file_input of a modal, and what hangs on a message.

import { h, icon, refill } from "./dom.js";
import { changed, upload } from "./store.js";

const LARGEST_BYTES = 10 * 1024 * 1024;
const underWay = new Map();

/** Is a file of this view still on its way? */
export function uploading(scope) {
  return [...underWay].some(([key, list]) => key.startsWith(`${scope}/`) && list.some((one) => !one.error));
}

/** Forget broken uploads of a closed view. */
export function forgetUploads(scope) {
  for (const key of [...underWay.keys()]) if (key.startsWith(`${scope}/`)) underWay.delete(key);
}

/** `1.2 MB`. */
function sizeOf(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function kindOf(file) {
  const size = file.w && file.h ? `${file.w}×${file.h}` : "";
  return [size, sizeOf(file.size)].filter(Boolean).join(" · ") || file.mimetype || "";
}

const safeUrl = (file) => (/^(\/|https?:)/.test(file.url ?? "") ? file.url : null);

function thumb(file) {
  if (file.mimetype?.startsWith("image/") && safeUrl(file))
    return h("img", { class: "thumb", src: safeUrl(file), alt: file.alt ?? "" });
  return h("span", { class: "thumb" }, icon("file", 20));
}

function fileRow(file, remove, extra) {
  return h(
    "li",
    { class: "file-row" },
    thumb(file),
    h("span", { class: "menu-words" }, h("span", {}, file.name), h("small", {}, extra ?? kindOf(file))),
    remove,
  );
}

/** The node of a file_input. */
export function fileInput(element, control, place) {
  const key = `${place.scope}/${control.id}`;
  const most = element.max_files ?? 10;
  const types = element.filetypes ?? [];
  const pending = () => underWay.get(key) ?? [];
  const list = h("ul", { class: "files", "aria-label": "Chosen files" });
  const picker = h("input", {
    type: "file",
    class: "for-ears",
    id: control.id,
    "data-fid": control.fid,
    multiple: most > 1,
    accept: types.length ? types.map((one) => `.${one}`).join(",") : undefined,
    ...control.aria,
  });
  const add = h(
    "button",
    { type: "button", class: "button", tabindex: "-1", onclick: () => picker.click() },
    icon("clip", 16),
    most > 1 ? "Add files" : "Add a file",
  );
  const node = h(
    "div",
    { class: "file-input" },
    list,
    h("div", { class: "drop" }, picker, add, h("span", { class: "meta" }, `or drop here, up to ${most}, 10 MB each`)),
  );

  const draw = () => {
    const done = control.value().map((file) =>
      fileRow(
        file,
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": `Remove ${file.name}`,
            onclick: () => {
              control.set(control.value().filter((one) => one.id !== file.id));
              draw();
            },
          },
          "✕",
        ),
      ),
    );
    const coming = pending().map((one) =>
      fileRow(
        one,
        one.error &&
          h(
            "button",
            {
              type: "button",
              class: "icon-button",
              "aria-label": `Remove ${one.name}`,
              onclick: () => {
                drop(one);
                draw();
              },
            },
            "✕",
          ),
        one.error
          ? h("span", { class: "field-error", role: "alert" }, one.error)
          : h("progress", { max: "1", value: one.part, "aria-label": `Uploading ${one.name}` }),
      ),
    );
    refill(list, done, coming);
    add.disabled = control.value().length + pending().length >= most;
  };
  const drop = (one) =>
    underWay.set(
      key,
      pending().filter((other) => other !== one),
    );
  const take = async (file) => {
    const one = { name: file.name, mimetype: "", part: 0 };
    if (control.value().length + pending().filter((other) => !other.error).length >= most)
      one.error = `At most ${most} files fit here.`;
    else if (types.length && !types.includes(file.name.split(".").pop().toLowerCase()))
      one.error = `Only ${types.join(", ")} fit here.`;
    else if (file.size > LARGEST_BYTES) one.error = `It is ${sizeOf(file.size)}; Slack takes up to 10 MB here.`;
    underWay.set(key, [...pending(), one]);
    draw();
    if (one.error) return;
    changed();
    const answer = await upload(file, (part) => {
      one.part = part;
      const bar = list.querySelector(`progress[aria-label="${CSS.escape(`Uploading ${file.name}`)}"]`);
      if (bar) bar.value = part;
    });
    if (answer.ok) {
      drop(one);
      control.set([...control.value(), answer.file]);
    } else {
      one.error = `Not uploaded: ${answer.error}.`;
    }
    node.isConnected ? draw() : undefined;
    changed();
  };
  picker.addEventListener("change", () => {
    [...picker.files].forEach(take);
    picker.value = "";
  });
  node.addEventListener("dragover", (event) => {
    event.preventDefault();
    node.classList.add("over");
  });
  node.addEventListener("dragleave", () => node.classList.remove("over"));
  node.addEventListener("drop", (event) => {
    event.preventDefault();
    node.classList.remove("over");
    [...event.dataTransfer.files].forEach(take);
  });
  draw();
  return node;
}

/** The files of a message: images to look at, the rest by name. */
export function messageFiles(files) {
  const images = files.filter((file) => file.mimetype?.startsWith("image/") && safeUrl(file));
  const others = files.filter((file) => !images.includes(file));
  return h(
    "div",
    { class: "message-files" },
    images.map((file) =>
      h(
        "a",
        { class: "image-file", href: safeUrl(file), target: "_blank", rel: "noopener", title: file.name },
        h("img", { src: safeUrl(file), alt: file.alt || file.name, loading: "lazy", width: file.w, height: file.h }),
      ),
    ),
    others.length > 0 &&
      h(
        "ul",
        { class: "files" },
        others.map((file) => fileRow(file)),
      ),
  );
}
