// Changes a price and shows it at once: as pending, until readers see it; as it was, if it is refused.
"use strict";
const form = document.getElementById("change");
const price = document.getElementById("price");
const state = document.getElementById("state");
const reason = document.getElementById("reason");
const button = form.querySelector("button");

const MOST_TRIES = 5; // to send it, with nothing heard
const MOST_CHECKS = 12; // of five seconds each

// for this tab alone, and gone with it
form.key.value = sessionStorage.getItem("twofold-key") ?? "";

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const amount = form.price.value.trim();
  const currency = form.currency.value.trim().toUpperCase();
  if (!/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(amount)) {
    reason.textContent = `"${amount}" is no price: write it as 12.50`;
    return;
  }
  sessionStorage.setItem("twofold-key", form.key.value);
  const before = price.textContent;
  reason.textContent = "";
  button.disabled = true;
  show(formatted(amount, currency), "pending");
  try {
    // the amount as it was typed: a number of JavaScript cannot hold every decimal
    const answer = await send(`{"price": ${amount}, "currency": ${JSON.stringify(currency)}}`);
    if (answer.ok) {
      await settle(answer);
    } else {
      await takeBack(before, answer);
    }
  } catch {
    show(before, "");
    reason.textContent = "The catalog does not answer. Whether the price was changed is not known; look again later.";
  } finally {
    button.disabled = false;
  }
});

// Sends the change as often as it takes to hear an answer; the key has it take effect once.
async function send(body) {
  const once = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  for (let tries = 1; ; tries++) {
    try {
      const answer = await fetch(`/products/${encodeURIComponent(form.dataset.product)}/price`, {
        method: "POST",
        headers: headers({
          "Content-Type": "application/json",
          "If-Match": `"${form.dataset.version}"`,
          "Idempotency-Key": once,
          Prefer: "wait=2",
        }),
        body,
      });
      if (tries === MOST_TRIES || (answer.status !== 503 && answer.status !== 429)) {
        return answer;
      }
      await pause(answer);
    } catch (failure) {
      if (tries === MOST_TRIES) {
        throw failure;
      }
      await pause(null);
    }
  }
}

// 200 has the document as readers see it; 202 says where it will be.
async function settle(answer) {
  const token = answer.headers.get("Consistency-Token");
  const body = await answer.json();
  if (answer.status !== 202) {
    seen(body);
    return;
  }
  for (let checks = 0; checks < MOST_CHECKS; checks++) {
    const check = await read(body.checkUrl, token).catch(() => null);
    if (check !== null && check.ok) {
      seen(await check.json());
      return;
    }
    await pause(check);
  }
  show(price.textContent, "accepted; readers do not see it yet");
}

async function takeBack(before, answer) {
  show(before, "");
  const problem = await answer.json().catch(() => ({}));
  reason.textContent =
    answer.status === 401 || answer.status === 403
      ? "This takes the API key of an editor. " + (problem.detail ?? "")
      : (problem.detail ?? `The catalog answered ${answer.status}.`);
  if (answer.status === 412) {
    const token = answer.headers.get("Consistency-Token");
    const now = await read(`/products/${encodeURIComponent(form.dataset.product)}`, token);
    if (now.ok) {
      const product = await now.json();
      show(product.formattedPrice, "");
      form.dataset.version = product.version;
    }
  }
}

function read(address, token) {
  const wanted = { Accept: "application/json", Prefer: "wait=5" };
  return fetch(address, {
    cache: "no-store",
    headers: headers(token === null ? wanted : { ...wanted, "Consistency-Token": token }),
  });
}

function seen(product) {
  form.dataset.version = product.version;
  show(product.formattedPrice, "readers see it");
}

function show(text, how) {
  price.textContent = text;
  state.textContent = how;
  price.classList.toggle("pending", how === "pending");
}

function headers(some) {
  return form.key.value === "" ? some : { ...some, Authorization: `Bearer ${form.key.value}` };
}

function pause(answer) {
  const seconds = Number(answer?.headers.get("Retry-After") ?? 1);
  return new Promise((done) => setTimeout(done, Math.min(seconds, 10) * 1000));
}

function formatted(amount, currency) {
  try {
    return new Intl.NumberFormat("en-US", { style: "currency", currency }).format(amount);
  } catch {
    return `${amount} ${currency}`;
  }
}
