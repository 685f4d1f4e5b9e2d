/* Files that are dropped or chosen are sent as they are, with progress; while one is worked on the page asks anew. */
(function () {
  "use strict";
  const ASK_MS = 700;
  const box = (event) => event.target.closest && event.target.closest("[data-drop]");

  const send = (drop, file) => {
    const data = drop.dataset;
    if (file.size > Number(data.limit)) return window.voda.tell(data.tooLarge, true);
    const bar = drop.querySelector("progress");
    const said = drop.querySelector(".sent");
    const request = new XMLHttpRequest();
    const failed = (message) => {
      bar.hidden = true;
      said.textContent = "";
      window.voda.tell(message || window.voda.say("This could not be done. Try again."), true);
    };
    request.open("POST", "/actions/import?" + new URLSearchParams({ name: file.name }));
    request.setRequestHeader("X-Voda", "1");
    request.upload.onprogress = (event) => {
      bar.hidden = false;
      bar.value = event.loaded / (event.total || 1);
      said.textContent = data.sending.replace("{name}", file.name)
        .replace("{share}", Math.floor(bar.value * 100) + "\u00a0%");
    };
    request.onload = () => {
      let told = {};
      try { told = JSON.parse(request.responseText); } catch (error) { /* a proxy's page */ }
      if (request.status === 200 && told.go) window.voda.go(told.go);
      else failed(told.message);
    };
    request.onerror = () => failed("");
    request.send(file);
  };

  document.addEventListener("dragover", (event) => {
    const drop = box(event) || document.querySelector("[data-drop]");
    if (!drop) return;
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    const drop = document.querySelector("[data-drop].over");
    if (drop && !event.relatedTarget) drop.classList.remove("over");
  });
  // Anywhere on the page: who misses the box by a hair must not leave the dashboard for a view of the file.
  document.addEventListener("drop", (event) => {
    const drop = box(event) || document.querySelector("[data-drop]");
    if (!drop) return;
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) send(drop, event.dataTransfer.files[0]);
  });
  document.addEventListener("change", (event) => {
    const drop = box(event);
    if (drop && event.target.files && event.target.files.length) send(drop, event.target.files[0]);
  });

  // Buttons of the page have changed what it shows.
  let asking = false;
  setInterval(async () => {
    const job = document.getElementById("import-job");
    if (asking || !job || !(job.querySelector("[data-importing]") || job.dataset.pressed)) return;
    asking = true;
    try {
      await window.voda.refreshParts("import", true);
      delete job.dataset.pressed;
    } catch (error) { /* asked again */ } finally { asking = false; }
  }, ASK_MS);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#import-job [data-action]");
    if (button) setTimeout(() => { const job = document.getElementById("import-job"); if (job) job.dataset.pressed = "1"; }, 250);
  });
})();
