// Fills the list of suggestions while somebody types; without it the search works as well.
"use strict";
const box = document.getElementById("q");
const list = document.getElementById("suggestions");
let typed = "";
let pending;

box.addEventListener("input", () => {
  clearTimeout(pending);
  pending = setTimeout(suggest, 120);
});

async function suggest() {
  const prefix = box.value.trim();
  if (prefix === typed) {
    return;
  }
  typed = prefix;
  if (prefix.length < 2) {
    list.replaceChildren();
    return;
  }
  const answer = await fetch("/suggestions?prefix=" + encodeURIComponent(prefix), {
    headers: { Accept: "application/json" },
  });
  if (!answer.ok || prefix !== typed) {
    return; // none, or something else was typed meanwhile
  }
  const suggestions = await answer.json();
  list.replaceChildren(
    ...suggestions.items.map((item) => {
      const option = document.createElement("option");
      option.value = item.text;
      return option;
    }),
  );
}
