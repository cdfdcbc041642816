import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { lessonTitles } from '../../lessons/titles.ts';
import { readAddress, writeAddress } from '../model/address.ts';
import type { LessonStore } from './store.ts';

/**
 * Keeps what is chosen in the page's address: another lesson is an entry of the history, all else replaces what stands
 * there. Then begins. On a page with a lesson of its own, only the connections can be chosen.
 */
export function useAddress(store: LessonStore, mayChooseLesson: boolean): void {
  useEffect(() => {
    const { lesson, deployment, era, connection } = store;
    const own = { lesson: lesson.peek(), deployment: deployment.peek(), era: era.peek() };
    const read = () => {
      const choice = readAddress(location.search, lessonTitles);
      return mayChooseLesson ? choice : { ...choice, ...own };
    };
    const follow = (): void => void store.choose(read());

    const chosen = store.choose(read());
    void store.begin(chosen);
    window.addEventListener('popstate', follow);
    const write = (): void => {
      const now = {
        lesson: lesson.value,
        deployment: deployment.value,
        era: era.value,
        connection: connection.value,
      };
      const before = readAddress(location.search, lessonTitles);
      // A page with a lesson of its own does not name it.
      const named = mayChooseLesson
        ? now
        : { ...now, lesson: undefined, deployment: before.deployment, era: before.era };
      const wanted = writeAddress(named, location.search);
      if (wanted === location.search) return;
      const address = `${location.pathname}${wanted}${location.hash}`;
      if (mayChooseLesson && before.lesson?.id !== now.lesson?.id) history.pushState(null, '', address);
      else history.replaceState(history.state, '', address);
    };
    let left = false;
    let stop = (): void => {};
    // Not before: a lesson that is still on its way would be missing from the address.
    void chosen.then(() => {
      if (!left) stop = effect(write);
    });
    return () => {
      left = true;
      stop();
      window.removeEventListener('popstate', follow);
      store.dispose();
    };
  }, [store, mayChooseLesson]);
}
