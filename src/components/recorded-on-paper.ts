/**
 * A page that goes to paper before anything ran takes the recording along: it stands in a `noscript`, whose content is
 * text where scripts run.
 */

function show(): void {
  for (const place of document.querySelectorAll('.lesson-recorded')) {
    const recorded = place.querySelector('noscript')?.textContent;
    const ran = place.parentElement?.querySelector('.lesson .seq-row');
    if (!recorded || ran || place.querySelector('.on-paper')) continue;
    const paper = document.createElement('div');
    paper.className = 'on-paper';
    paper.innerHTML = recorded;
    place.append(paper);
  }
}

function hide(): void {
  for (const paper of document.querySelectorAll('.lesson-recorded .on-paper')) paper.remove();
}

window.addEventListener('beforeprint', show);
window.addEventListener('afterprint', hide);
// Not every browser tells of the two; some tell of this alone.
matchMedia('print').addEventListener('change', ({ matches }) => (matches ? show() : hide()));
