// Why: chat programs and phones each want an event in a form of their own.
// Promises: pure; words of agents are data in each form: they mention nobody, and make no header.
// Never: sends anything.
import type { WebhookForm } from '../workspace/actions.ts';
import type { Notification } from './notification.ts';

/** A webhook's request: its headers and its text. */
export type WebhookBody = { readonly headers: Readonly<Record<string, string>>; readonly text: string };

/** An event in the form of a webhook. */
export function bodyOf(notification: Notification, as: WebhookForm): WebhookBody {
  const json = { 'content-type': 'application/json' };
  if (as === 'event') return { headers: json, text: JSON.stringify(notification) };
  const { event, sentence, command } = notification;
  const words = `${sentence}${command === null ? '' : `\n→ ${command}`}`;
  if (as === 'slack') return { headers: json, text: JSON.stringify({ text: `*${event}* ${slackText(words)}` }) };
  return { headers: { 'content-type': 'text/plain; charset=utf-8', title: `fourline: ${event}` }, text: words };
}

// docs.slack.dev, "Formatting message text": these three signs begin links, mentions and entities.
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
