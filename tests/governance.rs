//! What happens when keys are stolen or lost, security modules die, servers lie and clocks are
//! wrong: a manual of accidents for a region of five holders, three of whom sign.

mod practice;

mod governance {
    mod accidents;
    mod foresight;
    mod notices;
    mod order;
    mod restart;
    mod stolen;
}
