// Starts the front end, and says so in plain words when it cannot start or cannot go on.
import init from '/ui.js';

function showFailure(detail) {
  document.getElementById('failure-detail').textContent = String(detail);
  document.getElementById('failure').hidden = false;
}

document.getElementById('failure-reload').addEventListener('click', () => location.reload());
window.addEventListener('latchkey:failed', (event) => showFailure(event.detail));

try {
  await init({ module_or_path: '/ui_bg.wasm' });
} catch (error) {
  // A panic during the start has already been shown, in its own words.
  if (document.getElementById('failure').hidden) showFailure(error);
}
