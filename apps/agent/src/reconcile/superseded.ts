/** Why a fetch is called off when a newer directive wants other content: what it had is not wanted any more. */
export class Superseded extends Error {
  override readonly name = 'Superseded';

  constructor() {
    super('A newer directive wants other content.');
  }
}
