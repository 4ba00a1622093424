Feature: Flow

  Scenario: A task whose condition is false is skipped and its input passes
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: flow, version: '1.0.0'}
    do:
      - maybe: {if: .n > 5, set: {changed: true}}
      - last: {set: '${ . + {last: true} }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {n: 1, last: true}
    """

  Scenario: A condition sees the raw input before input.from
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: flow, version: '1.0.0'}
    do:
      - maybe: {if: .n == 1, input: {from: '{m: .n}'}, set: {m: '${ .m }'}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {m: 1}
    """

  Scenario: Exit ends the list of tasks it stands in
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: flow, version: '1.0.0'}
    do:
      - outer:
          do:
            - first: {set: {n: 1}, then: exit}
            - never: {set: {n: 2}}
      - after: {set: '${ . + {after: true} }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {n: 1, after: true}
    """

  Scenario: Exit at the top ends the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: flow, version: '1.0.0'}
    do:
      - first: {set: {n: 1}, then: exit}
      - never: {set: {n: 2}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {n: 1}
    """

  Scenario: End ends the workflow from within
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: flow, version: '1.0.0'}
    do:
      - outer: {do: [{stop: {set: {stopped: true}, then: end}}]}
      - never: {set: {n: 2}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {stopped: true}
    """

  Scenario: A jump back repeats tasks until its way out
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: flow, version: '1.0.0'}
    do:
      - count: {set: {n: '${ .n + 1 }'}}
      - again: {switch: [{more: {when: .n < 3, then: count}}, {enough: {then: continue}}]}
      - done: {set: {total: '${ .n }'}}
    """
    And given the workflow input is:
    """yaml
    n: 0
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {total: 3}
    """

  Scenario: A jump forward leaves tasks out
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: flow, version: '1.0.0'}
    do:
      - first: {set: {n: 1}, then: third}
      - second: {set: {n: 2}}
      - third: {set: '${ . + {third: true} }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {n: 1, third: true}
    """

  Scenario: Without a case that matches a switch goes on
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: flow, version: '1.0.0'}
    do:
      - choose: {switch: [{never: {when: .n > 9, then: end}}], then: continue}
      - after: {set: {after: true}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {after: true}
    """

  Scenario: The first case that matches directs the flow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: flow, version: '1.0.0'}
    do:
      - choose: {switch: [{small: {when: .n < 10, then: low}}, {positive: {when: .n > 0, then: high}}, {other: {then: end}}]}
      - high: {set: {level: high}, then: end}
      - low: {set: {level: low}, then: end}
    """
    And given the workflow input is:
    """yaml
    n: 5
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {level: low}
    """
