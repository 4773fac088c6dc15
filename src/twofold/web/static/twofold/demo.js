// The demo's phone: live codes on the product's clock, messages, taking over a key, and being lost.
// What it holds lives in this browser only (localStorage), never on the server.
"use strict";
{
  const KEPT = "twofold-demo-phone";
  const PERIOD = 30;
  const banner = document.querySelector("[data-now]");
  const loadedAt = performance.now();
  const now = () => (banner ? Number(banner.dataset.now) + performance.now() - loadedAt : Date.now());
  const read = () => JSON.parse(localStorage.getItem(KEPT) ?? '{"entries": [], "lost": false, "new": false}');
  const keep = (phone) => localStorage.setItem(KEPT, JSON.stringify(phone));

  const bytesOf = (base32) => {
    const bits = Array.from(base32.replaceAll(/[\s=]/g, "").toUpperCase(), (letter) =>
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
    return Uint8Array.from(bits.match(/.{8}/g), (byte) => Number.parseInt(byte, 2));
  };
  // RFC 6238 with HMAC-SHA-1, six digits and 30 seconds.
  const codeOf = async (base32) => {
    const key = await crypto.subtle.importKey("raw", bytesOf(base32), { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
    const step = new DataView(new ArrayBuffer(8));
    step.setBigUint64(0, BigInt(Math.floor(now() / 1000 / PERIOD)));
    const mac = new DataView(await crypto.subtle.sign("HMAC", key, step.buffer));
    const place = mac.getUint8(19) & 15;
    const digits = String((mac.getUint32(place) & 0x7fffffff) % 1_000_000).padStart(6, "0");
    return `${digits.slice(0, 3)} ${digits.slice(3)}`;
  };
  const taken = (uri) => {
    const url = new URL(uri);
    return { name: decodeURIComponent(url.pathname.split("/").pop()), key: url.searchParams.get("secret") };
  };
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  };
  const entry = ({ name, key }) => {
    const element = make("div", "entry", "");
    element.dataset.key = key;
    element.append(make("span", "small", name), " ", make("span", "live", ""));
    return element;
  };
  const refresh = async () => {
    for (const element of document.querySelectorAll("[data-key]")) {
      element.querySelector(".live").textContent = await codeOf(element.dataset.key);
    }
  };

  // On the page that shows a QR: one click, and the phone has it.
  const take = document.querySelector("[data-demo-take]");
  if (take) {
    take.hidden = false;
    take.addEventListener("click", async () => {
      const phone = read();
      const found = taken(take.dataset.demoTake);
      phone.entries = [...phone.entries.filter((one) => one.key !== found.key), found];
      phone.lost = false;
      keep(phone);
      take.replaceWith(entry(found));
      await refresh();
    });
  }

  const phone = document.getElementById("phone");
  if (phone) {
    const codes = document.getElementById("phone-codes");
    const messages = document.getElementById("phone-messages");
    const lose = document.getElementById("phone-lose");
    const find = document.getElementById("phone-find");
    const first = Array.from(codes.children);
    const draw = () => {
      const held = read();
      const own = held.new ? [] : first;
      const elements = held.lost ? [make("p", "quiet", phone.dataset.lost)] : [...own, ...held.entries.map(entry)];
      codes.replaceChildren(...(elements.length ? elements : [make("p", "quiet", phone.dataset.empty)]));
      messages.hidden = held.lost;
      lose.hidden = held.lost;
      find.hidden = !held.lost;
      phone.classList.toggle("lost", held.lost);
      return refresh();
    };
    lose.addEventListener("click", () => {
      keep({ entries: [], lost: true, new: true });
      draw();
      find.focus();
    });
    find.addEventListener("click", () => {
      keep({ entries: [], lost: false, new: true });
      draw();
      lose.focus();
    });
    const message = (one) => {
      const element = make("div", "message", "");
      const head = make("p", "small mb-1", "");
      head.append(make("strong", "", one.subject), document.createElement("br"), make("span", "quiet", `${one.to} · ${one.at}`));
      element.append(head);
      for (const part of one.body.split(/(https?:\/\/\S+)/)) {
        if (/^https?:/.test(part)) {
          const link = make("a", "", part);
          link.href = part;
          element.append(link);
        } else {
          element.append(part);
        }
      }
      return element;
    };
    let seen = "";
    const listen = async () => {
      const answer = await fetch(phone.dataset.inbox, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const text = await answer.text();
        const list = JSON.parse(text);
        if (text !== seen && list.length) {
          seen = text;
          messages.replaceChildren(...list.slice(0, 20).map(message));
        }
      }
    };
    draw();
    window.addEventListener("storage", draw);
    window.setInterval(() => listen().catch(() => {}), 3000);
  }
  window.setInterval(refresh, 1000);
}
