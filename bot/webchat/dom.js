// Building elements, never from strings of markup.

const SVG = "http://www.w3.org/2000/svg";
const KEPT = { B: "b", STRONG: "b", I: "i", EM: "i", CODE: "code", BR: "br" };
const DROPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "NOSCRIPT"]);
const LINKS = new Set(["http:", "https:", "mailto:", "tel:"]);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** The bot's few marks (b, i, code, a, line breaks) as new elements; anything else is reduced to its text. */
export function rich(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const target = document.createDocumentFragment();
  rebuild(parsed.body, target);
  return target;
}

function rebuild(source, target) {
  for (const node of source.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      target.append(node.data);
    } else if (node.nodeType === Node.ELEMENT_NODE && !DROPPED.has(node.tagName)) {
      const made = copied(node);
      if (made) target.append(made);
      rebuild(node, made ?? target);
    }
  }
}

function copied(node) {
  if (node.tagName === "A") return link(node.getAttribute("href") ?? "");
  const tag = KEPT[node.tagName];
  return tag ? document.createElement(tag) : null;
}

/** A link that leaves the page, or null when the address is not one of the kinds we follow. */
export function link(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (!LINKS.has(url.protocol)) return null;
  return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" });
}
