import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { lessons } from '../../lessons/index.ts';
import { readAddress, writeAddress } from '../model/address.ts';
import type { LessonStore } from './store.ts';

/**
 * Keeps what is chosen in the page's address: another lesson is an entry of the history, all else replaces what stands
 * there. Then begins. On a page with a lesson of its own, only the connections can be chosen.
 */
export function useAddress(store: LessonStore, mayChooseLesson: boolean): void {
  useEffect(() => {
    const { lesson, deployment, connection } = store;
    const own = { lesson: lesson.peek(), deployment: deployment.peek() };
    const read = () => {
      const choice = readAddress(location.search, lessons);
      return mayChooseLesson ? choice : { ...choice, ...own };
    };
    const follow = (): void => void store.choose(read());

    void store.choose(read());
    void store.begin();
    window.addEventListener('popstate', follow);
    const stop = effect(() => {
      const now = { lesson: lesson.value, deployment: deployment.value, connection: connection.value };
      const before = readAddress(location.search, lessons);
      // A page with a lesson of its own does not name it.
      const named = mayChooseLesson ? now : { ...now, lesson: undefined, deployment: before.deployment };
      const wanted = writeAddress(named, location.search);
      if (wanted === location.search) return;
      const address = `${location.pathname}${wanted}${location.hash}`;
      if (mayChooseLesson && before.lesson !== now.lesson) history.pushState(null, '', address);
      else history.replaceState(history.state, '', address);
    });
    return () => {
      stop();
      window.removeEventListener('popstate', follow);
      store.dispose();
    };
  }, [store, mayChooseLesson]);
}
