"""`reelforge frame` and `render --preview` leave a process behind, the resident, which draws the next of them at once.

To load what a frame is drawn with takes three times as long as to draw it, and a fifth of a preview of half a minute;
and who works on a timeline looks at one after another. So a command hands its arguments to the resident of the same
code, when there is one, and the resident runs them as the command would: in its folder, with its environment, outputs
and mode of new files. It listens on a socket that only its owner may open, and ends when nobody has asked for a while.
It decides nothing: whatever is wrong with it, the command does its own work.
"""
